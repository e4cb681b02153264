import { ReelsyncError } from '@reelsync/core';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

import { BullFactory, type BullOptions } from '../bullmq/bull-factory';
import type { QueueName } from '../catalog/job-definition';
import { isReadyWithin, PRODUCER_PATIENCE_MS } from '../redis/connection';

/** BullMQ's queues for request paths, over a connection with the profile `producer`: with Redis down they fail in about a second. */
export class ReadyQueues {
  private readonly connection: Redis;
  private readonly factory: BullFactory;
  private readonly queues = new Map<QueueName, Queue>();

  constructor(options: BullOptions) {
    this.connection = options.connection;
    this.factory = new BullFactory(options);
  }

  /** Throws QUEUE_UNAVAILABLE when Redis does not answer. */
  async use<T>(name: QueueName, use: (queue: Queue) => Promise<T>): Promise<T> {
    try {
      if (!(await isReadyWithin(this.connection, PRODUCER_PATIENCE_MS))) throw new Error('not connected');
      return await use(await this.readyQueue(name));
    } catch (error) {
      if (error instanceof ReelsyncError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new ReelsyncError('QUEUE_UNAVAILABLE', `Redis does not take jobs: ${reason}`, { cause: error });
    }
  }

  /** Leaves the connection to its owner. */
  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
    this.queues.clear();
  }

  /** A BullMQ queue whose first command failed stays unusable, so it is kept only once it is ready. */
  private async readyQueue(name: QueueName): Promise<Queue> {
    const existing = this.queues.get(name);
    const queue = existing ?? this.factory.queue(name, { failFast: true });
    this.queues.set(name, queue);
    try {
      await queue.waitUntilReady();
    } catch (error) {
      if (this.queues.get(name) === queue) this.queues.delete(name);
      throw error;
    }
    return queue;
  }
}
