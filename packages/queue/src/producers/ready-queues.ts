import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

import { BullFactory, type BullOptions } from '../bullmq/bull-factory';
import type { QueueName } from '../catalog/job-definition';
import { redisCall } from '../redis/redis-call';

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
  use<T>(name: QueueName, use: (queue: Queue) => Promise<T>): Promise<T> {
    return redisCall(this.connection, async () => use(await this.readyQueue(name)));
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
