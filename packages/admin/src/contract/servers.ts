import { z } from 'zod';

import { countSchema, dateSchema, listOf } from './values';

const listingSchema = z.object({
  kind: z.enum(['movies', 'tv']),
  titles: countSchema,
  completedAt: dateSchema
    .exactOptional()
    .meta({ description: 'When it last changed and was read. Absent: never read completely.' }),
  checkedAt: dateSchema.exactOptional().meta({
    description:
      'When it was last asked for with success, also if it had not changed; at least `completedAt`.',
  }),
  lastAttempt: z
    .object({
      at: dateSchema,
      status: z.enum(['changed', 'not-modified', 'failed', 'refused']),
      code: z.string().exactOptional(),
      message: z.string().exactOptional(),
    })
    .exactOptional(),
});

const holdSchema = z.object({
  since: dateSchema,
  until: dateSchema.meta({
    description: 'It is scanned again then, or as soon as it reports another status.',
  }),
  reason: z.literal('critical').meta({ description: 'The status that the server has reported.' }),
});

const breakerSchema = z.object({
  worker: z.string().meta({ description: 'Host and process of the worker.' }),
  breaker: z.enum(['closed', 'half-open', 'open']),
  active: countSchema,
  pending: countSchema,
  total: countSchema,
  failed: countSchema,
});

export const serverSchema = z
  .object({
    id: z.string(),
    enabled: z.boolean(),
    priority: z.number(),
    listings: listOf(listingSchema),
    hold: holdSchema
      .exactOptional()
      .meta({ description: 'Its scans are held back because it asked for that; absent: they are not.' }),
    /** Every worker process has a breaker of its own. */
    workers: listOf(breakerSchema).meta({ description: 'What each running worker makes of the server.' }),
  })
  .meta({ id: 'Server' });
