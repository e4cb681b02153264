import type { Run, UnitFailure } from '@reelsync/database';
import Table from 'cli-table3';

/** A run as `--json` prints it. Times in milliseconds. */
export interface RunReport {
  readonly runId: string;
  readonly status: Run['status'];
  readonly planned: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly failed: number;
  /** Brought up to date by the job of another request, which tells what changed. */
  readonly merged: number;
  readonly durationMs: number;
  readonly titlesPerSecond: number;
  readonly servers: Run['servers'];
  /** The first few titles that failed; `failed` counts all of them. */
  readonly failures: readonly UnitFailure[];
}

export function reportRun(run: Run, failures: readonly UnitFailure[], now: Date): RunReport {
  const durationMs = (run.finishedAt ?? now).getTime() - run.startedAt.getTime();
  const { planned, created, updated, unchanged, skipped, failed, merged } = run.counts;
  const finished = created + updated + unchanged + skipped + failed + merged;
  return {
    runId: run.id,
    status: run.status,
    planned,
    created,
    updated,
    unchanged,
    skipped,
    failed,
    merged,
    durationMs,
    titlesPerSecond: durationMs === 0 ? 0 : Math.round((finished / durationMs) * 1000),
    servers: run.servers,
    failures,
  };
}

/** Lines about what went wrong, for stderr. */
export function problemsOf({ servers, error, counts }: Run, failures: readonly UnitFailure[]): string[] {
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
export function isSuccess({ status, counts, servers }: Run): boolean {
  const isRead = servers.every((server) => server.status === 'changed' || server.status === 'not-modified');
  return status === 'done' && counts.failed === 0 && isRead;
}

export function runTable(report: RunReport): string {
  const table = new Table({
    head: [
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
    style: { head: [], border: [] },
    colAligns: Array.from({ length: 9 }, () => 'right' as const),
  });
  table.push([
    report.planned,
    report.created,
    report.updated,
    report.unchanged,
    report.skipped,
    report.failed,
    report.merged,
    `${(report.durationMs / 1000).toFixed(1)} s`,
    report.titlesPerSecond,
  ]);
  return table.toString();
}
