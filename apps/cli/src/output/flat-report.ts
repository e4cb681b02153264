import type { FlatError, FlatSubject, FlatSyncAllResult } from '@reelsync/sync';
import Table from 'cli-table3';

/** A flat sync as `--json` prints it: documents of the catalogue by what became of them. */
export interface FlatReport {
  readonly engine: 'flat';
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly durationMs: number;
  readonly servers: readonly FlatServerReport[];
  /** The first few; `failed` counts all. */
  readonly failures: readonly FlatError[];
}

interface FlatServerReport {
  readonly serverId: string;
  readonly status: 'done' | 'failed';
  readonly code?: string;
  readonly message?: string;
  /** Titles or parts of titles that the listing holds but that cannot be used. */
  readonly problemCount: number;
  readonly warningCount: number;
}

/** Of thousands of titles that fail for one reason, the first few say it. */
const SHOWN_FAILURES = 10;

export function reportFlat({ servers, errors, summary, durationMs }: FlatSyncAllResult): FlatReport {
  const results = Object.values(servers);
  const failures = results
    .flatMap(({ movies, tvShows, seasons, episodes }) => [movies, tvShows, seasons, episodes])
    .flatMap((section) => section.errors);
  return {
    engine: 'flat',
    ...summary,
    durationMs,
    servers: [
      ...results.map(({ serverId, problems, movies, tvShows, seasons, episodes }) => ({
        serverId,
        status: 'done' as const,
        problemCount: problems.length,
        warningCount: [movies, tvShows, seasons, episodes]
          .flatMap(({ processed }) => processed)
          .reduce((sum, { warnings }) => sum + warnings.length, 0),
      })),
      ...errors.map(({ serverId, code, error }) => ({
        serverId,
        status: 'failed' as const,
        code,
        message: error,
        problemCount: 0,
        warningCount: 0,
      })),
    ],
    failures: failures.slice(0, SHOWN_FAILURES),
  };
}

/** Lines about what went wrong, for stderr. */
export function flatProblems({ servers, failures }: FlatReport): string[] {
  return [
    ...servers.flatMap(({ serverId, code, message = '' }) =>
      code === undefined ? [] : [`${serverId}: ${code}: ${message}`],
    ),
    ...servers.flatMap(({ serverId, problemCount }) =>
      problemCount === 0 ? [] : [`${serverId}: ${problemCount} records of the listings were left out`],
    ),
    ...failures.map((failure) => `${nameOf(failure)}: ${failure.code}: ${failure.error}`),
  ];
}

export function flatTable({ created, updated, unchanged, failed, durationMs }: FlatReport): string {
  const table = new Table({
    head: ['created', 'updated', 'unchanged', 'failed', 'duration'],
    style: { head: [], border: [] },
    colAligns: Array.from({ length: 5 }, () => 'right' as const),
  });
  table.push([created, updated, unchanged, failed, `${(durationMs / 1000).toFixed(1)} s`]);
  return table.toString();
}

function nameOf({ title, seasonNumber, episodeNumber }: FlatSubject): string {
  const season = seasonNumber === undefined ? '' : `, season ${seasonNumber}`;
  const episode = episodeNumber === undefined ? '' : `, episode ${episodeNumber}`;
  return `'${title}'${season}${episode}`;
}
