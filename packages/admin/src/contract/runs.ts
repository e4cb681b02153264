import { OPERATIONS, UNIT_KINDS } from '@reelsync/core';
import { RUN_STATUSES } from '@reelsync/database';
import { z } from 'zod';

import { countSchema, dateSchema, idSchema, limitSchema, listOf } from './values';

export const runSelectionSchema = z.strictObject({ runId: idSchema });

export const listRunsSchema = z.strictObject({
  limit: limitSchema(20, 500),
  status: z.enum(RUN_STATUSES).exactOptional(),
});

const runServerSchema = z.object({
  serverId: z.string(),
  status: z.enum(['changed', 'not-modified', 'failed', 'refused']),
  titles: countSchema,
  changed: countSchema,
  vanished: countSchema,
  problems: listOf(z.object({ code: z.string(), title: z.string(), problem: z.string() })),
  problemCount: countSchema,
  bytes: countSchema,
  durationMs: z.number(),
  code: z.string().exactOptional(),
  message: z.string().exactOptional(),
});

const countsSchema = z.object({
  planned: countSchema,
  created: countSchema,
  updated: countSchema,
  unchanged: countSchema,
  skipped: countSchema,
  failed: countSchema,
  /** Answered by a job that another run had asked for. */
  merged: countSchema,
});

/** What was asked for. */
const runScopeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['all', 'servers']),
    serverIds: listOf(z.string()),
    full: z.boolean(),
    force: z.boolean(),
    acceptShrunken: z.boolean().exactOptional(),
  }),
  z.object({
    kind: z.enum(['domain', 'titles']),
    domain: z.enum(['movies', 'shows', 'seasons', 'episodes']),
    titles: listOf(z.string()).exactOptional().meta({ description: 'The first few.' }),
    operations: listOf(z.enum(OPERATIONS)).exactOptional(),
    episodes: listOf(countSchema).exactOptional(),
    force: z.boolean(),
    missingOnly: z.boolean().exactOptional(),
    bulkId: idSchema.exactOptional().meta({ description: 'The bulk request that the run is a step of.' }),
  }),
  z.object({
    kind: z.literal('title-until-listed'),
    unitKind: z.enum(['movie', 'show']),
    title: z.string(),
    serverIds: listOf(z.string()),
  }),
  z.object({ kind: z.literal('failed-jobs'), filter: z.record(z.string(), z.unknown()) }),
  z.object({ kind: z.enum(['sweep', 'retention']) }),
]);

export const runSchema = z
  .object({
    id: idSchema,
    trigger: z.enum(['webhook', 'cli', 'schedule', 'admin', 'demo', 'library']),
    scope: runScopeSchema,
    requester: z.string().exactOptional(),
    status: z.enum(RUN_STATUSES),
    startedAt: dateSchema,
    finishedAt: dateSchema.exactOptional(),
    planningDone: z.boolean(),
    counts: countsSchema,
    countsByKind: z.object({
      movie: countsSchema,
      show: countsSchema,
      season: countsSchema,
      episodes: countsSchema,
    }),
    servers: listOf(runServerSchema),
    error: z.object({ code: z.string(), message: z.string() }).exactOptional(),
    note: z.string().exactOptional(),
  })
  .meta({ id: 'Run', description: 'One traceable piece of work and what became of its units.' });

export const unitFailureSchema = z
  .object({
    kind: z.enum(UNIT_KINDS),
    title: z.string(),
    season: countSchema.exactOptional(),
    code: z.string(),
    message: z.string(),
  })
  .meta({ id: 'UnitFailure' });

export const cancellationSchema = z
  .object({
    run: runSchema,
    withdrawnJobs: countSchema.meta({
      description: 'Jobs that had not begun and that nobody else waits for; those under way are finished.',
    }),
  })
  .meta({ id: 'Cancellation', description: 'A run that had ended before stays as it is.' });
