import type { Redis } from 'ioredis';
import { Queue, Worker, type JobsOptions, type Processor, type WorkerOptions } from 'bullmq';

import { PRIORITIES, type Priority } from '../catalog/priorities';
import type { JobDefinition, QueueName } from '../catalog/job-definition';

/** Namespace of all keys in Redis. */
export const DEFAULT_PREFIX = 'reelsync';

/** Name of the back-off strategy that every worker brings; the policy itself is in the job catalog. */
export const BACKOFF_TYPE = 'catalog';

const MAX_EVENTS = 10_000;
const STACK_TRACES_KEPT = 3;
const LOG_LINES_KEPT = 50;

export interface BullOptions {
  /** Shared by everything built from these options; the caller ends it. */
  readonly connection: Redis;
  readonly prefix?: string;
  /** Every BullMQ object reports here; without a listener an error event would end the process. */
  readonly onError?: (error: Error, source: string) => void;
}

/** The one place that builds BullMQ objects. */
export class BullFactory {
  readonly prefix: string;
  private readonly connection: Redis;
  private readonly onError: (error: Error, source: string) => void;

  constructor({ connection, prefix = DEFAULT_PREFIX, onError = () => undefined }: BullOptions) {
    this.connection = connection;
    this.prefix = prefix;
    this.onError = onError;
  }

  queue(name: QueueName, options: { readonly failFast?: boolean } = {}): Queue {
    const queue = new Queue(name, {
      connection: this.connection,
      prefix: this.prefix,
      skipWaitingForReady: options.failFast ?? false,
      streams: { events: { maxLen: MAX_EVENTS } },
      defaultJobOptions: { stackTraceLimit: STACK_TRACES_KEPT, keepLogs: LOG_LINES_KEPT },
    });
    queue.on('error', (error) => this.onError(error, `queue ${name}`));
    return queue;
  }

  worker(
    name: QueueName,
    processor: Processor,
    options: Omit<WorkerOptions, 'connection' | 'prefix' | 'autorun'>,
  ): Worker {
    const worker = new Worker(name, processor, {
      ...options,
      connection: this.connection,
      prefix: this.prefix,
      autorun: false,
    });
    worker.on('error', (error) => this.onError(error, `worker ${name}`));
    return worker;
  }
}

/** The queues by name, for Bull Board and admin actions. */
export function createQueues(options: BullOptions): Readonly<Record<QueueName, Queue>> {
  const factory = new BullFactory(options);
  return {
    movies: factory.queue('movies'),
    shows: factory.queue('shows'),
    seasons: factory.queue('seasons'),
    episodes: factory.queue('episodes'),
    scans: factory.queue('scans'),
    schedules: factory.queue('schedules'),
  };
}

/** BullMQ's options for one job, from its catalog entry. */
export function jobOptions<Payload>(
  definition: JobDefinition<Payload>,
  payload: Payload,
  priority: Priority,
): JobsOptions {
  const { completed, failed } = definition.retention;
  return {
    priority: PRIORITIES[priority],
    attempts: definition.attempts,
    backoff: { type: BACKOFF_TYPE },
    delay: definition.deduplication.debounceMs,
    deduplication: { id: definition.deduplication.key(payload), keepLastIfActive: true },
    removeOnComplete: { count: completed.count, age: completed.ageSeconds },
    removeOnFail: { count: failed.count, age: failed.ageSeconds },
    sizeLimit: definition.sizeLimit,
  };
}
