import { setTimeout as delay } from 'node:timers/promises';
import { ReelsyncError } from '@reelsync/core';
import type { Run } from '@reelsync/database';

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at the run. */
  readonly intervalMs?: number;
}

const DEFAULT_INTERVAL_MS = 200;
/** Looking takes at most a tenth of the time, of ours and of MongoDB's: the units of a run are counted anew each time. */
const REST_FACTOR = 9;

/**
 * Yields the state of a run until it has ended, the final state last. Reads MongoDB, which is the truth; events are only
 * hints. What takes longer, because the run is large or MongoDB busy, is done less often.
 */
export async function* followRun<R extends Pick<Run, 'status'>>(
  runs: { get(runId: string): Promise<R | null> },
  runId: string,
  { signal, intervalMs = DEFAULT_INTERVAL_MS }: FollowOptions,
): AsyncIterable<R> {
  for (;;) {
    const lookedAt = performance.now();
    const run = await runs.get(runId);
    const tookMs = performance.now() - lookedAt;
    if (run === null) throw new ReelsyncError('RUN_UNKNOWN', `There is no run '${runId}'`);
    yield run;
    if (run.status !== 'running') return;
    await delay(Math.max(intervalMs, tookMs * REST_FACTOR), undefined, { signal });
  }
}
