import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

const POLL_MS = 10;

/**
 * Jobs per second of the queue `movies`, from the first look at which some of its jobs have ended to the first at which
 * all have. `start` starts the worker; what its start takes does not count.
 */
export async function drainRate(
  { url, prefix }: { readonly url: string; readonly prefix: string },
  start: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<number> {
  const connection = new Redis(url);
  const queue = new Queue('movies', { connection, prefix });
  try {
    const total = await openJobs(queue);
    const started = start();
    let first: { readonly open: number; readonly at: number } | undefined;
    for (;;) {
      const open = await openJobs(queue);
      if (first === undefined && open < total) first = { open, at: performance.now() };
      if (open === 0) break;
      await delay(POLL_MS, undefined, { signal });
    }
    const endedAt = performance.now();
    await started;
    if (first === undefined || first.open === 0) throw new Error(`${total} jobs are too few to be measured`);
    return (first.open * 1000) / (endedAt - first.at);
  } finally {
    await queue.close();
    connection.disconnect();
  }
}

async function openJobs(queue: Queue): Promise<number> {
  const { waiting = 0, prioritized = 0, delayed = 0, active = 0 } = await queue.getJobCounts();
  return waiting + prioritized + delayed + active;
}
