import { setTimeout as delay } from 'node:timers/promises';
import { ReelsyncError } from '@reelsync/core';
import type { Run } from '@reelsync/database';
import { restAfter } from './rest-after';

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at the run. */
  readonly intervalMs?: number;
}

const DEFAULT_INTERVAL_MS = 200;

/**
 * Yields the state of a run until it has ended, the final state last. Reads MongoDB, which is the truth; events are only
 * hints.
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
    await delay(restAfter(tookMs, intervalMs), undefined, { signal });
  }
}
