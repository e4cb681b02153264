import type { Run, RunCounts, UnitFailure } from '@reelsync/database';
import Table from 'cli-table3';

/** A run as far as it is reported, wherever it was read. */
export type ReportedRun = Omit<Run, 'scope'>;

/** A run as `--json` prints it: counts of jobs, together and by kind. Times in milliseconds. */
export interface RunReport extends RunCounts {
  readonly runId: string;
  readonly status: Run['status'];
  readonly movies: RunCounts;
  readonly shows: RunCounts;
  readonly seasons: RunCounts;
  /** One job brings all episodes of a season up to date. */
  readonly episodes: RunCounts;
  readonly durationMs: number;
  readonly titlesPerSecond: number;
  readonly servers: Run['servers'];
  /** The first few titles that failed; `failed` counts all of them. */
  readonly failures: readonly UnitFailure[];
}

export function reportRun(run: ReportedRun, failures: readonly UnitFailure[], now: Date): RunReport {
  const durationMs = (run.finishedAt ?? now).getTime() - run.startedAt.getTime();
  const { movie, show, season, episodes } = run.countsByKind;
  return {
    runId: run.id,
    status: run.status,
    ...run.counts,
    movies: movie,
    shows: show,
    seasons: season,
    episodes,
    durationMs,
    titlesPerSecond: durationMs === 0 ? 0 : Math.round((finishedUnits(run.counts) / durationMs) * 1000),
    servers: run.servers,
    failures,
  };
}

export function finishedUnits({ created, updated, unchanged, skipped, failed, merged }: RunCounts): number {
  return created + updated + unchanged + skipped + failed + merged;
}

/** Lines about what went wrong, for stderr. */
export function problemsOf(
  { servers, error, counts }: ReportedRun,
  failures: readonly UnitFailure[],
): string[] {
  return [
    ...servers.flatMap(({ serverId, code, message }) =>
      code === undefined ? [] : [`${serverId}: ${code}: ${message ?? ''}`],
    ),
    ...servers.flatMap(({ serverId, problemCount, problems: [first] }) =>
      first === undefined
        ? []
        : [
            `${serverId}: ${problemCount} records of the listing were left out, the first is '${first.title}': ${first.problem}`,
          ],
    ),
    ...failures.map(({ title, season, code, message }) => {
      const what = season === undefined ? `'${title}'` : `'${title}', season ${season}`;
      return `${what}: ${code}: ${message}`;
    }),
    ...(counts.failed > failures.length
      ? [`… and ${counts.failed - failures.length} more titles failed`]
      : []),
    ...(error === undefined ? [] : [`${error.code}: ${error.message}`]),
  ];
}

/** A server whose listing could not be used counts as well: the catalogue is not in step with it. */
export function isSuccess({ status, counts, servers }: ReportedRun): boolean {
  const isRead = servers.every((server) => server.status === 'changed' || server.status === 'not-modified');
  return status === 'done' && counts.failed === 0 && isRead;
}

/** One line for each kind that took part, and one for the run. */
export function runTable(report: RunReport): string {
  const { movies, shows, seasons, episodes, durationMs, titlesPerSecond } = report;
  const kinds = Object.entries({ movies, shows, seasons, episodes }).filter(([, { planned }]) => planned > 0);
  const table = new Table({
    head: [
      '',
      'planned',
      'created',
      'updated',
      'unchanged',
      'skipped',
      'failed',
      'merged',
      'duration',
      'titles/s',
    ],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...Array.from({ length: 9 }, () => 'right' as const)],
  });
  for (const [kind, counts] of kinds) table.push([kind, ...countCells(counts), '', '']);
  table.push(['all', ...countCells(report), `${(durationMs / 1000).toFixed(1)} s`, titlesPerSecond]);
  return table.toString();
}

function countCells({ planned, created, updated, unchanged, skipped, failed, merged }: RunCounts): number[] {
  return [planned, created, updated, unchanged, skipped, failed, merged];
}
