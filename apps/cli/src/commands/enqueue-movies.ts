import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReelsyncError, type Operation } from '@reelsync/core';
import type { Session } from '../session';
import { awaitRun, type RunOutputOptions } from './await-run';

export interface EnqueueOptions extends RunOutputOptions {
  readonly all: boolean;
  readonly file?: string;
  readonly force: boolean;
  readonly operations?: readonly Operation[];
}

/** `reelsync enqueue movies`: syncs the named titles (folder names), those of a file, or all of the inventory. */
export async function enqueueMovies(
  session: Session,
  titles: readonly string[],
  options: EnqueueOptions,
): Promise<void> {
  const sources = [titles.length > 0, options.all, options.file !== undefined].filter(Boolean).length;
  if (sources !== 1) {
    throw new ReelsyncError(
      'ARGUMENTS_INVALID',
      'Give titles, or --all, or --file FILE: exactly one of them.',
    );
  }
  const receipt = await session.requests.requestMovies(
    options.all ? 'all' : titlesFrom(titles, options.file),
    {
      trigger: 'cli',
      urgency: options.all ? 'bulk' : 'person',
      force: options.force,
      signal: session.signal,
      ...(options.operations === undefined ? {} : { operations: options.operations }),
    },
  );
  await awaitRun(session, receipt, options);
}

/** One folder name per line, byte for byte: only the line end is removed, since names may begin or end with spaces. */
async function* titlesFrom(titles: readonly string[], file: string | undefined): AsyncIterable<string> {
  yield* titles;
  if (file === undefined) return;
  const input = file === '-' ? process.stdin : createReadStream(file, 'utf8');
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line !== '') yield line;
  }
}
