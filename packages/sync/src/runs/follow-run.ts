import { setTimeout as delay } from 'node:timers/promises';
import { ReelsyncError } from '@reelsync/core';
import type { Run } from '@reelsync/database';

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at the run. */
  readonly intervalMs?: number;
}

const DEFAULT_INTERVAL_MS = 200;

/**
 * Yields the state of a run until it has ended, the final state last. Reads MongoDB, which is the truth; events are only
 * hints. Counts are read whole each time, so a long run is looked at less often as it grows.
 */
export async function* followRun<R extends Pick<Run, 'status' | 'counts'>>(
  runs: { get(runId: string): Promise<R | null> },
  runId: string,
  { signal, intervalMs = DEFAULT_INTERVAL_MS }: FollowOptions,
): AsyncIterable<R> {
  for (;;) {
    const run = await runs.get(runId);
    if (run === null) throw new ReelsyncError('RUN_UNKNOWN', `There is no run '${runId}'`);
    yield run;
    if (run.status !== 'running') return;
    // 200 ms for small runs, a second from 20,000 units on.
    await delay(Math.min(intervalMs * (1 + run.counts.planned / 5000), intervalMs * 5), undefined, {
      signal,
    });
  }
}
