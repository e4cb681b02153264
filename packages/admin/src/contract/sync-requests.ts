import { OPERATIONS } from '@reelsync/core';
import { z } from 'zod';

import { idSchema, serverIdSchema } from './values';

/** More than this is a bulk request. */
const MAX_TITLES = 5000;

export const titleSchema = z.string().min(1).max(1000);

export const operationsSchema = z.array(z.enum(OPERATIONS)).min(1).max(OPERATIONS.length);

export const seasonsSchema = z.array(z.int().nonnegative()).min(1).max(1000);

const titlesRequest = {
  titles: z
    .array(titleSchema)
    .min(1)
    .max(MAX_TITLES)
    .meta({ description: 'Folder names, exactly as on the servers.' }),
  operations: operationsSchema.exactOptional().meta({ description: 'Only these; left out: all of them.' }),
  force: z.boolean().default(false).meta({ description: 'Apply again and read all metadata anew.' }),
};

const seasonsRequest = {
  ...titlesRequest,
  seasons: seasonsSchema
    .exactOptional()
    .meta({ description: 'Only these; left out: every season that a server lists.' }),
};

export const syncRequestSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('scan'),
      servers: z
        .array(serverIdSchema)
        .min(1)
        .exactOptional()
        .meta({ description: 'Only these; left out: all.' }),
      full: z
        .boolean()
        .default(false)
        .meta({ description: 'Compare every title, not only those whose listing changed.' }),
      force: z.boolean().default(false),
      acceptShrunken: z
        .boolean()
        .default(false)
        .meta({ description: 'Believe a listing that lost most of its titles.' }),
    }),
    z.strictObject({ kind: z.literal('movies'), ...titlesRequest }),
    z.strictObject({ kind: z.literal('shows'), ...titlesRequest }),
    z.strictObject({ kind: z.literal('seasons'), ...seasonsRequest }),
    z.strictObject({
      kind: z.literal('episodes'),
      ...seasonsRequest,
      episodes: z
        .array(z.int().positive())
        .min(1)
        .max(1000)
        .exactOptional()
        .meta({ description: 'Of one season only those with these numbers; they cannot be forced.' }),
    }),
  ])
  .meta({ id: 'SyncRequest' });

export const receiptSchema = z
  .object({ runId: idSchema, status: z.enum(['created', 'merged']) })
  .meta({ id: 'Receipt', description: 'A merged request has a run of its own as well.' });
