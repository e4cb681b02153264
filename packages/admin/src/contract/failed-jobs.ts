import { PRIORITY_NAMES } from '@reelsync/queue';
import { z } from 'zod';

import { queueNameSchema } from './queues';
import { countSchema, dateSchema, idSchema, limitSchema, listOf, serverIdSchema } from './values';

const filter = {
  queue: queueNameSchema.exactOptional(),
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .exactOptional()
    .meta({ description: 'An error code, for instance METADATA_INVALID.' }),
  server: serverIdSchema
    .exactOptional()
    .meta({ description: 'The file server at fault, or the one that a scan was for.' }),
  title: z.string().min(1).max(1000).exactOptional().meta({ description: 'Part of the folder name.' }),
};

export const listFailedJobsSchema = z.strictObject({ ...filter, limit: limitSchema(100, 1000) });

/** Which jobs to retry or discard; without any condition all of them. */
export const changeFailedJobsSchema = z.strictObject({
  ...filter,
  ids: z.array(z.string().min(1).max(200)).min(1).max(1000).exactOptional(),
  // More than all queues together keep of failed jobs.
  limit: limitSchema(100_000, 100_000),
});

/** Enough work for the workers, little enough for whoever waits behind it. */
const DEFAULT_MAX_BACKLOG = 10_000;

export const retryFailedJobsSchema = changeFailedJobsSchema.extend({
  maxBacklog: z.int().min(1).max(1_000_000).default(DEFAULT_MAX_BACKLOG).meta({
    description: 'No job is put on a queue in which this many wait; those stay failed, see `left`.',
  }),
  failedUntil: dateSchema.exactOptional().meta({
    description: 'Only what had failed by then: with that of the first answer, nothing is retried twice.',
  }),
});

export const failedJobSchema = z
  .object({
    queue: queueNameSchema,
    id: z.string(),
    name: z.string(),
    label: z.string(),
    title: z.string().exactOptional(),
    code: z.string(),
    message: z.string(),
    serverId: z.string().exactOptional(),
    priority: z.enum(PRIORITY_NAMES),
    attempts: countSchema,
    failedAt: dateSchema,
    data: z.unknown(),
  })
  .meta({ id: 'FailedJob' });

const unknownIdsSchema = listOf(z.string()).meta({
  description: 'Of the given ids, those that no failed job has which meets the conditions.',
});

export const retryResultSchema = z
  .object({
    matched: countSchema,
    retried: countSchema,
    gone: countSchema.meta({ description: 'Retried or discarded by somebody else meanwhile.' }),
    left: countSchema.meta({ description: 'Still failed, because their queue is full; ask again later.' }),
    fullQueues: listOf(queueNameSchema),
    failedUntil: dateSchema
      .exactOptional()
      .meta({ description: 'When the latest of them failed; absent when none matched.' }),
    unknownIds: unknownIdsSchema,
    runIds: listOf(idSchema).meta({ description: 'Runs that end with the retried jobs.' }),
  })
  .meta({ id: 'RetryResult' });

export const discardResultSchema = z
  .object({
    matched: countSchema,
    discarded: countSchema,
    gone: countSchema,
    unknownIds: unknownIdsSchema,
  })
  .meta({ id: 'DiscardResult' });
