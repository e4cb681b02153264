import { ReelsyncError } from '@reelsync/core';
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
