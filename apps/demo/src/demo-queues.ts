import { setTimeout as delay } from 'node:timers/promises';
import { createQueues, createRedisConnection } from '@reelsync/queue';

const POLL_INTERVAL_MS = 50;

/** The queues of one demo, and no others: BullMQ touches only keys below the demo's own prefix. */
export class DemoQueues {
  private readonly redis: ReturnType<typeof createRedisConnection>;
  private readonly queues: ReturnType<typeof createQueues>;

  constructor(
    redisUrl: string,
    private readonly prefix: string,
  ) {
    // Fails fast, so that a Redis that has gone does not hold up the end of the demo.
    this.redis = createRedisConnection(redisUrl, 'producer');
    this.queues = createQueues({ connection: this.redis, prefix });
  }

  /** Resolves when no job waits or runs; what a job writes is written by then. */
  async untilIdle(signal: AbortSignal): Promise<void> {
    while (!(await this.isIdle())) await delay(POLL_INTERVAL_MS, undefined, { signal });
  }

  /** Removes every key of the demo: queues, event log, presence of workers. Nothing may use them any more. */
  async obliterate(): Promise<void> {
    for (const queue of Object.values(this.queues)) await queue.obliterate({ force: true });
    let cursor = '0';
    do {
      const [next, keys] = await this.redis.scan(cursor, 'MATCH', `${this.prefix}*`, 'COUNT', 1000);
      if (keys.length > 0) await this.redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
    this.redis.disconnect();
  }

  private async isIdle(): Promise<boolean> {
    const { schedules, ...work } = this.queues;
    const counts = await Promise.all([
      ...Object.values(work).map((queue) =>
        queue.getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active'),
      ),
      // The next tick of a schedule always waits.
      schedules.getJobCountByTypes('waiting', 'prioritized', 'active'),
    ]);
    return counts.every((count) => count === 0);
  }
}
