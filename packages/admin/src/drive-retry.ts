import { setTimeout as delay } from 'node:timers/promises';

import type { GivenOf, OutputOf } from './contract/endpoints';
import type { ReelsyncClient } from './reelsync-client';

export type RetryTotal = Pick<
  OutputOf<'retryFailedJobs'>,
  'matched' | 'retried' | 'gone' | 'unknownIds' | 'runIds'
>;

export interface RetryDrive {
  readonly client: Pick<ReelsyncClient, 'retryFailedJobs' | 'listQueues'>;
  readonly selection: Omit<GivenOf<'retryFailedJobs'>, 'maxBacklog' | 'failedUntil'>;
  /** Nothing is added to a queue in which this many jobs wait. */
  readonly maxBacklog: number;
  readonly signal: AbortSignal;
  /** Told now and then while queues are full. */
  readonly onWaiting?: (total: RetryTotal) => void;
  /** Milliseconds between two looks at a queue that is full. */
  readonly pollMs?: number;
}

const POLL_MS = 500;

/** Retries all failed jobs of a selection, each once, at the pace of the workers. */
export async function driveRetry(drive: RetryDrive): Promise<RetryTotal> {
  const { client, selection, maxBacklog, signal } = drive;
  let answer = await client.retryFailedJobs({ ...selection, maxBacklog }, { signal });
  const { failedUntil } = answer;
  let total: RetryTotal = answer;
  while (answer.left > 0 && failedUntil !== undefined) {
    await untilRoom(drive, answer.fullQueues, total);
    // No more than were left: with the same limit again, others would take the place of those that have moved.
    const rest = { limit: answer.left, maxBacklog, failedUntil: failedUntil.toISOString() };
    answer = await client.retryFailedJobs({ ...selection, ...rest }, { signal });
    total = {
      matched: total.matched,
      unknownIds: total.unknownIds,
      retried: total.retried + answer.retried,
      gone: total.gone + answer.gone,
      runIds: [...total.runIds, ...answer.runIds],
    };
  }
  const { matched, retried, gone, unknownIds, runIds } = total;
  return { matched, retried, gone, unknownIds, runIds };
}

/** Until one of the queues is half empty: each step is a run, and there should be few. */
async function untilRoom(
  { client, maxBacklog, signal, onWaiting, pollMs = POLL_MS }: RetryDrive,
  fullQueues: OutputOf<'retryFailedJobs'>['fullQueues'],
  total: RetryTotal,
): Promise<void> {
  for (;;) {
    const { items } = await client.listQueues({}, { signal });
    const backlogs = items
      .filter(({ name }) => fullQueues.includes(name))
      .map(({ counts: { waiting, prioritized, delayed } }) => waiting + prioritized + delayed);
    if (backlogs.some((backlog) => backlog <= maxBacklog / 2)) return;
    onWaiting?.(total);
    await delay(pollMs, undefined, { signal });
  }
}
