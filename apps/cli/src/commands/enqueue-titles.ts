import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReelsyncError, type Operation } from '@reelsync/core';
import type { EpisodesRequestOptions, RequestReceipt } from '@reelsync/sync';
import type { Session } from '../session';
import { awaitRun, type RunOutputOptions } from './await-run';

/** What can be enqueued; each has a queue of its own. */
export const DOMAINS = ['movies', 'shows', 'seasons', 'episodes'] as const;
export type Domain = (typeof DOMAINS)[number];

export interface EnqueueOptions extends RunOutputOptions {
  readonly all: boolean;
  readonly file?: string;
  readonly force: boolean;
  readonly operations?: readonly Operation[];
  /** Of seasons and episodes: only these. */
  readonly season?: readonly number[];
  /** Of episodes: only those with these numbers. */
  readonly episode?: readonly number[];
}

/** `reelsync enqueue <domain>`: syncs the named titles (folder names), those of a file, or all of the inventory. */
export async function enqueueTitles(
  session: Session,
  domain: Domain,
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
  if (options.all && options.season !== undefined)
    throw new ReelsyncError('ARGUMENTS_INVALID', 'Give titles when you give --season.');
  if (options.episode !== undefined && options.season?.length !== 1)
    throw new ReelsyncError('ARGUMENTS_INVALID', 'Give one --season when you give --episode.');
  const receipt = await request(session, domain, titles, options);
  await awaitRun(session, receipt, options);
}

function request(
  { requests, signal }: Session,
  domain: Domain,
  given: readonly string[],
  { all, file, force, operations, season, episode }: EnqueueOptions,
): Promise<RequestReceipt> {
  const titles = all ? 'all' : titlesFrom(given, file);
  const options: EpisodesRequestOptions = {
    trigger: 'cli',
    urgency: all ? 'bulk' : 'person',
    force,
    signal,
    ...(operations === undefined ? {} : { operations }),
    ...(season === undefined ? {} : { seasons: season }),
    ...(episode === undefined ? {} : { episodes: episode }),
  };
  switch (domain) {
    case 'movies':
      return requests.requestMovies(titles, options);
    case 'shows':
      return requests.requestShows(titles, options);
    case 'seasons':
      return requests.requestSeasons(titles, options);
    case 'episodes':
      return requests.requestEpisodes(titles, options);
  }
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
