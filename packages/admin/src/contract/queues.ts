import { QUEUE_NAMES } from '@reelsync/queue';
import { z } from 'zod';

import { countSchema } from './values';

export const queueNameSchema = z.enum(QUEUE_NAMES);

export const queueStateSchema = z
  .object({
    name: queueNameSchema,
    paused: z.boolean(),
    concurrency: z
      .int()
      .positive()
      .nullable()
      .meta({ description: 'Jobs at the same time over all workers; null: no common limit.' }),
    counts: z.object({
      waiting: countSchema,
      prioritized: countSchema,
      delayed: countSchema,
      active: countSchema,
      completed: countSchema,
      failed: countSchema,
    }),
  })
  .meta({ id: 'Queue' });

export const queueSelectionSchema = z.strictObject({ queue: queueNameSchema });

export const concurrencySchema = queueSelectionSchema.extend({
  limit: z.int().min(1).max(10_000).nullable(),
});
