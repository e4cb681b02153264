import { z } from 'zod';

import { countSchema, listOf } from './values';

const inventorySchema = listOf(
  z.object({ serverId: z.string(), present: countSchema, missing: countSchema, pending: countSchema }),
);

export const statsSchema = z
  .object({
    catalogue: z.object({
      movies: countSchema,
      shows: countSchema,
      seasons: countSchema,
      episodes: countSchema,
    }),
    inventory: z.object({
      movie: inventorySchema,
      show: inventorySchema,
      season: inventorySchema,
      episodes: inventorySchema,
    }),
  })
  .meta({ id: 'Stats' });
