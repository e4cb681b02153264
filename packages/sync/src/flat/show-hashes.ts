import { parseSeasonNumber, ReelsyncError } from '@reelsync/core';
import { z } from 'zod';
import type { PassContext } from './pass-context';

/** The server's own hashes below a show. Nothing relies on them (CD-6): without any, tokens alone tell what has changed. */
export async function readShowHashes(
  { adapter, tools }: Pick<PassContext, 'adapter' | 'tools'>,
  title: string,
  season?: string,
): Promise<ReadonlyMap<string, string>> {
  const { signal } = tools;
  try {
    return await adapter.fetchShowHashes(title, { signal, ...(season === undefined ? {} : { season }) });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ReelsyncError) return new Map();
    throw error;
  }
}

const foldersSchema = z.object({ seasons: z.record(z.string(), z.unknown()) });

/**
 * Under which key the server hands out the hashes of a season's episodes: the name of its folder in the listing without
 * `Season ` (contract §5.1). Of two folders for one season the first counts.
 */
export function hashKeyOf(listedShow: unknown, season: number): string | undefined {
  const { success, data } = foldersSchema.safeParse(listedShow);
  if (!success) return undefined;
  const folder = Object.keys(data.seasons).find((name) => parseSeasonNumber(name, undefined) === season);
  return folder?.replace(/^Season /, '');
}
