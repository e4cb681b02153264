import { z } from 'zod';

import { operationsSchema, seasonsSchema, titleSchema } from './sync-requests';
import { countSchema, idSchema, listOf } from './values';

export const openBulkSchema = z.strictObject({
  domain: z.enum(['movies', 'shows', 'seasons', 'episodes']),
  source: z
    .enum(['titles', 'inventory'])
    .meta({ description: 'titles: they are handed over; inventory: all that any server lists.' }),
  operations: operationsSchema.exactOptional(),
  seasons: seasonsSchema
    .exactOptional()
    .meta({ description: 'Only for seasons or episodes of titles that are handed over.' }),
  force: z.boolean().default(false),
  missingOnly: z.boolean().default(false).meta({ description: 'Leave out what the catalogue has already.' }),
  dryRun: z.boolean().default(false).meta({ description: 'Only count.' }),
});

export const bulkSelectionSchema = z.strictObject({ id: idSchema });

export const advanceBulkSchema = bulkSelectionSchema.extend({
  position: countSchema.meta({
    description: 'How many titles were taken before; a repeated chunk is ignored.',
  }),
  titles: z
    .array(titleSchema)
    .max(1000)
    .exactOptional()
    .meta({ description: 'The next ones; left out when they come from the inventory.' }),
});

export const bulkStateSchema = z
  .object({
    id: idSchema,
    domain: openBulkSchema.shape.domain,
    source: openBulkSchema.shape.source,
    runId: idSchema.exactOptional().meta({ description: 'The run that the latest units belong to.' }),
    status: z.enum(['open', 'finished']),
    position: countSchema.meta({ description: 'Titles taken from the source.' }),
    total: countSchema.exactOptional().meta({
      description: 'Titles that the inventory had in the beginning; absent for titles handed over.',
    }),
    planned: countSchema,
    skipped: countSchema.meta({ description: 'Left out because the catalogue has them.' }),
    unknown: countSchema.meta({ description: 'Titles that no server lists.' }),
    unknownTitles: listOf(z.string()).meta({ description: 'The first few of them.' }),
    backlog: countSchema.meta({
      description: 'Jobs of the queue that wait; wait yourself while there are many.',
    }),
    exhausted: z.boolean().meta({ description: 'The inventory has no further units.' }),
  })
  .meta({ id: 'BulkState' });
