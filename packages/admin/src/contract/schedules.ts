import { z } from 'zod';

import { dateSchema, idSchema } from './values';

/** For instance `sweep` or `scan/default`; in a path its slash is `%2F`. */
export const scheduleSelectionSchema = z.strictObject({
  schedule: z
    .string()
    .min(1)
    .max(300)
    .meta({ description: 'For instance `sweep` or `scan/default`.', example: 'sweep' }),
});

const actionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('scan'), serverId: z.string() }),
  z.object({ kind: z.literal('audit') }),
  z.object({ kind: z.literal('sweep') }),
  z.object({ kind: z.literal('retention') }),
]);

const timingSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('off') }),
  z.object({ kind: z.literal('every'), everyMs: z.int().positive() }),
  z.object({
    kind: z.literal('cron'),
    pattern: z.string().meta({ description: 'Five fields, or six with seconds first.' }),
  }),
]);

const tickSchema = z.object({
  at: dateSchema,
  outcome: z.enum(['started', 'skipped', 'failed']),
  runId: idSchema.exactOptional().meta({ description: 'What the tick started.' }),
  reason: z.string().exactOptional().meta({ description: 'Why it was skipped, or what failed.' }),
});

export const scheduleSchema = z
  .object({
    id: z.string(),
    action: actionSchema,
    timing: timingSchema,
    timeZone: z.string(),
    paused: z
      .object({ at: dateSchema, by: z.string().exactOptional() })
      .exactOptional()
      .meta({ description: 'Present while its ticks do nothing.' }),
    lastTick: tickSchema.exactOptional(),
    nextTick: dateSchema
      .exactOptional()
      .meta({ description: 'Absent: it is off, or no worker has set it up yet.' }),
  })
  .meta({ id: 'Schedule' });
