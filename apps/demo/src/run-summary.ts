import type { RunCounts } from '@reelsync/database';

export const TITLE_KINDS = ['movies', 'shows', 'seasons', 'episodes'] as const;
export type TitleKind = (typeof TITLE_KINDS)[number];

/**
 * Counts and time of one run, as the CLI's `--json` gives them: what its jobs did, together and by kind. One job brings all
 * episodes of a season up to date.
 */
export interface RunSummary extends RunCounts, Readonly<Record<TitleKind, RunCounts>> {
  readonly durationMs: number;
  readonly titlesPerSecond: number;
}

export function readRunSummary(value: unknown): RunSummary {
  return {
    ...readCounts(value),
    durationMs: readNumber(value, 'durationMs'),
    titlesPerSecond: readNumber(value, 'titlesPerSecond'),
    movies: readCounts(readMember(value, 'movies')),
    shows: readCounts(readMember(value, 'shows')),
    seasons: readCounts(readMember(value, 'seasons')),
    episodes: readCounts(readMember(value, 'episodes')),
  };
}

export function readRunId(value: unknown): string {
  const runId = readMember(value, 'runId');
  if (typeof runId !== 'string') throw new TypeError("The CLI printed no 'runId'");
  return runId;
}

/** What `reelsync retry` did. */
export function readRetry(value: unknown): { readonly retried: number; readonly runIds: readonly string[] } {
  const runIds = readMember(value, 'runIds');
  if (!Array.isArray(runIds)) throw new TypeError("The CLI printed no 'runIds'");
  return { retried: readNumber(value, 'retried'), runIds: runIds.map(String) };
}

function readCounts(value: unknown): RunCounts {
  return {
    planned: readNumber(value, 'planned'),
    created: readNumber(value, 'created'),
    updated: readNumber(value, 'updated'),
    unchanged: readNumber(value, 'unchanged'),
    skipped: readNumber(value, 'skipped'),
    failed: readNumber(value, 'failed'),
    merged: readNumber(value, 'merged'),
  };
}

function readNumber(value: unknown, name: string): number {
  const member = readMember(value, name);
  if (typeof member !== 'number') throw new TypeError(`The CLI printed no '${name}'`);
  return member;
}

function readMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) throw new TypeError('The CLI printed no run');
  return (value as Readonly<Record<string, unknown>>)[name];
}
