import type { DatabaseAdapter, Run, RunCounts } from '@reelsync/database';
import { followRun } from '@reelsync/sync';

/** What one producer asked for, and what came of it. */
export interface ProducedRun extends RunCounts {
  readonly runId: string;
  readonly status: Run['status'];
  /** From the request to the end of its last unit, in milliseconds. */
  readonly durationMs: number;
}

/** Waits for the end of a run. */
export async function producedRun(
  { runs }: Pick<DatabaseAdapter, 'runs'>,
  runId: string,
  signal: AbortSignal,
): Promise<ProducedRun> {
  let last: Run | undefined;
  for await (const run of followRun(runs, runId, { signal })) last = run;
  if (last?.finishedAt === undefined) throw new Error(`Run ${runId} has no end`);
  const { status, counts, startedAt, finishedAt } = last;
  return { runId, status, ...counts, durationMs: finishedAt.getTime() - startedAt.getTime() };
}

export function endedWell({ status, failed }: ProducedRun): boolean {
  return status === 'done' && failed === 0;
}
