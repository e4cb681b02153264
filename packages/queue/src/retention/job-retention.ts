import { queuesOf, type JobCatalog, type QueueName, type RetentionPolicy } from '../catalog/job-definition';
import type { BullOptions } from '../bullmq/bull-factory';
import { ReadyQueues } from '../producers/ready-queues';

/** Jobs that one call removes at most: BullMQ answers with all of their ids. */
const BATCH_SIZE = 1000;

/** BullMQ removes finished jobs only when another one of their kind finishes; an idle queue would keep its last ones for ever. */
export class JobRetention<Payloads> {
  private readonly queues: ReadyQueues;

  constructor(
    private readonly catalog: JobCatalog<Payloads>,
    bull: BullOptions,
  ) {
    this.queues = new ReadyQueues(bull);
  }

  /** Removes finished jobs that are older than any job of their queue may become. Returns how many. */
  async removeOutlived(signal: AbortSignal): Promise<number> {
    let removed = 0;
    for (const name of queuesOf(this.catalog)) {
      for (const state of ['completed', 'failed'] as const) {
        removed += await this.clean(name, state, signal);
      }
    }
    return removed;
  }

  /** Leaves the connection to its owner. */
  close(): Promise<void> {
    return this.queues.close();
  }

  private async clean(name: QueueName, state: 'completed' | 'failed', signal: AbortSignal): Promise<number> {
    const graceMs = 1000 * this.longestAge(name, state);
    let removed = 0;
    for (;;) {
      signal.throwIfAborted();
      const ids = await this.queues.use(name, (queue) => queue.clean(graceMs, BATCH_SIZE, state));
      removed += ids.length;
      if (ids.length < BATCH_SIZE) return removed;
    }
  }

  private longestAge(name: QueueName, kind: 'completed' | 'failed'): number {
    const ages: number[] = [];
    for (const job in this.catalog) {
      const { queue, retention } = this.catalog[job];
      const policy: RetentionPolicy = retention[kind];
      if (queue === name) ages.push(policy.ageSeconds);
    }
    return Math.max(...ages);
  }
}
