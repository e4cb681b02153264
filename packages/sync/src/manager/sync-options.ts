import { OPERATIONS, ReelsyncError } from '@reelsync/core';
import { z } from 'zod';
import { SYNC_MODES, type SyncOptions } from './sync-batch';

/** Not `z.record`: that copies a whole library, and leaves out a title named `__proto__`. */
const titlesByName = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object with one member for each title',
);

/** Members that the earlier library took and nothing needs any more (`movieCache`, …) are ignored. */
const optionsSchema = z.object({
  operations: z.array(z.enum(OPERATIONS)).min(1).optional(),
  concurrency: z.int().min(1).max(1000).optional(),
  forceSync: z.boolean().optional(),
  fileServerData: z.object({ movies: titlesByName.optional(), tv: titlesByName.optional() }).optional(),
  mode: z.enum(SYNC_MODES).optional(),
  signal: z.instanceof(AbortSignal).optional(),
});

const titlesSchema = z.array(z.string(), 'expected a list of titles (folder names)');

/** From JavaScript one title may come where a list is due. @throws {ReelsyncError} ARGUMENTS_INVALID */
export function parseTitles(titles: unknown): readonly string[] {
  const { success, data, error } = titlesSchema.safeParse(titles);
  if (!success) throw new ReelsyncError('ARGUMENTS_INVALID', z.prettifyError(error));
  return data;
}

/** @throws {ReelsyncError} ARGUMENTS_INVALID */
export function parseSyncOptions(options: unknown): SyncOptions {
  const { success, data, error } = optionsSchema.safeParse(options);
  if (!success) throw new ReelsyncError('ARGUMENTS_INVALID', z.prettifyError(error));
  return data;
}
