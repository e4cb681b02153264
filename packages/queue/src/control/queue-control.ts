import type { Queue } from 'bullmq';

import type { BullOptions } from '../bullmq/bull-factory';
import { QUEUE_NAMES, type QueueName } from '../catalog/job-definition';
import { countJobs, type QueueCounts } from '../producers/count-jobs';
import { ReadyQueues } from '../producers/ready-queues';

/** A queue as an operator sees it. */
export interface QueueState {
  readonly name: QueueName;
  readonly paused: boolean;
  /** Jobs that may run at the same time over all workers; null: only the workers' own settings limit it. */
  readonly concurrency: number | null;
  readonly counts: QueueCounts;
}

/** Pausing, resuming and limiting queues; kept in Redis, so it holds for the workers of all processes at once. */
export class QueueControl {
  private readonly queues: ReadyQueues;

  constructor(options: BullOptions) {
    this.queues = new ReadyQueues(options);
  }

  states(): Promise<QueueState[]> {
    return Promise.all(QUEUE_NAMES.map((name) => this.state(name)));
  }

  state(name: QueueName): Promise<QueueState> {
    return this.queues.use(name, async (queue) => stateOf(name, queue));
  }

  /** Jobs that run already are finished. */
  pause(name: QueueName): Promise<QueueState> {
    return this.change(name, (queue) => queue.pause());
  }

  resume(name: QueueName): Promise<QueueState> {
    return this.change(name, (queue) => queue.resume());
  }

  /** Null removes the limit. */
  setConcurrency(name: QueueName, limit: number | null): Promise<QueueState> {
    return this.change(name, (queue) =>
      limit === null ? queue.removeGlobalConcurrency() : queue.setGlobalConcurrency(limit),
    );
  }

  /** Leaves the connection to its owner. */
  close(): Promise<void> {
    return this.queues.close();
  }

  private change(name: QueueName, change: (queue: Queue) => Promise<unknown>): Promise<QueueState> {
    return this.queues.use(name, async (queue) => {
      await change(queue);
      return stateOf(name, queue);
    });
  }
}

async function stateOf(name: QueueName, queue: Queue): Promise<QueueState> {
  const [paused, concurrency, counts] = await Promise.all([
    queue.isPaused(),
    queue.getGlobalConcurrency(),
    countJobs(queue),
  ]);
  return { name, paused, concurrency, counts };
}
