import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { BulkState } from '@reelsync/admin';
import { ReelsyncError } from '@reelsync/core';

/** How much of a source there is, and how much of it has been read. */
export interface Extent {
  readonly unit: 'titles' | 'bytes';
  readonly read: number;
  readonly total: number;
}

/** Where the titles of a bulk request come from. */
export interface TitleSource {
  /** Undefined: they are read from the inventory, by whoever does the work. */
  readonly titles: AsyncIterable<string> | undefined;
  /** Undefined: nobody knows where it ends, as with standard input. */
  extentAt(state: BulkState): Extent | undefined;
}

export const INVENTORY: TitleSource = {
  titles: undefined,
  extentAt: ({ position, total }) =>
    total === undefined ? undefined : { unit: 'titles', read: position, total },
};

export function namedTitles(titles: readonly string[]): TitleSource {
  return {
    titles: Readable.from(titles),
    extentAt: ({ position }) => ({ unit: 'titles', read: position, total: titles.length }),
  };
}

/** One folder name per line, byte for byte; `-` is standard input. */
export async function titlesOfFile(file: string): Promise<TitleSource> {
  if (file === '-') return { titles: linesOf(process.stdin), extentAt: () => undefined };
  const handle = await open(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  // What is no regular file, a pipe for instance, has no size to tell.
  const facts = await handle.stat();
  const total = facts.isFile() ? facts.size : undefined;
  const input = handle.createReadStream({ encoding: 'utf8' });
  return {
    titles: linesOf(input, file),
    extentAt: () => (total === undefined ? undefined : { unit: 'bytes', read: input.bytesRead, total }),
  };
}

/** Only the line end is removed, since names may begin or end with spaces. */
async function* linesOf(input: NodeJS.ReadableStream, name = 'standard input'): AsyncIterable<string> {
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      if (line !== '') yield line;
    }
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unreadable(name: string, cause: unknown): ReelsyncError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ReelsyncError('ARGUMENTS_INVALID', `'${name}' cannot be read: ${reason}`, { cause });
}
