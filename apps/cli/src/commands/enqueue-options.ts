import type { Operation } from '@reelsync/core';
import type { RunOutputOptions } from './await-run';

/** What can be enqueued; each has a queue of its own. */
export const DOMAINS = ['movies', 'shows', 'seasons', 'episodes'] as const;
export type Domain = (typeof DOMAINS)[number];

export interface EnqueueOptions extends RunOutputOptions {
  readonly all: boolean;
  readonly file?: string;
  /** Id of a bulk request that was interrupted. */
  readonly resume?: string;
  readonly force: boolean;
  readonly operations?: readonly Operation[];
  /** Of seasons and episodes: only these. */
  readonly season?: readonly number[];
  /** Of episodes: only those with these numbers. */
  readonly episode?: readonly number[];
  readonly missingOnly: boolean;
  readonly dryRun: boolean;
  /** Nothing is added to a queue in which this many jobs wait. */
  readonly maxBacklog: number;
}
