import { z } from 'zod';

import { countSchema, dateSchema, listOf } from './values';

const listingSchema = z.object({
  kind: z.enum(['movies', 'tv']),
  titles: countSchema,
  completedAt: dateSchema.exactOptional().meta({ description: 'Absent: never read completely.' }),
  lastAttempt: z
    .object({
      at: dateSchema,
      status: z.enum(['changed', 'not-modified', 'failed', 'refused']),
      code: z.string().exactOptional(),
      message: z.string().exactOptional(),
    })
    .exactOptional(),
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
    /** Every worker process has a breaker of its own. */
    workers: listOf(breakerSchema).meta({ description: 'What each running worker makes of the server.' }),
  })
  .meta({ id: 'Server' });
