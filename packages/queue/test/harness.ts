import type { Redis } from 'ioredis';
import pino from 'pino';
import { z } from 'zod';

import {
  createRedisConnection,
  EventBridge,
  EventLog,
  EventLogReader,
  JOB_CATALOG,
  JobProducer,
  WorkerHost,
  type EventBridgeOptions,
  type HandlerMap,
  type JobCatalog,
  type JobPayloads,
  type RedisProfile,
  type WorkerHostOptions,
  type WorkerLimits,
} from '@reelsync/queue';
import { SyncEventBus, type NumberedEvent } from '@reelsync/core';
import { Queue } from 'bullmq';

import { testRedisUrl, uniqueName } from '../../../tests/support';

/** The real catalog with back-offs and deadlines that suit a test. */
export const testCatalog = {
  ...JOB_CATALOG,
  'movie.sync': {
    ...JOB_CATALOG['movie.sync'],
    attempts: 3,
    backoff: { baseMs: 10, capMs: 20 },
  },
  'library.scan': { ...JOB_CATALOG['library.scan'], deduplication: shortDebounce() },
} satisfies JobCatalog<JobPayloads>;

function shortDebounce() {
  return { ...JOB_CATALOG['library.scan'].deduplication, debounceMs: 50 };
}

/** Jobs of each queue that a worker runs at a time. */
export const ONE_AT_A_TIME = { movies: 1, shows: 1, seasons: 1, episodes: 1, scans: 1, schedules: 1 };

/** Short enough to see a takeover in a test, long enough for a busy machine. */
export const quickLimits: Partial<WorkerLimits> = {
  lockDurationMs: 1000,
  stalledIntervalMs: 300,
  abandonAfterMs: 200,
};

export const movie = (title: string): JobPayloads['movie.sync'] => ({ v: 1, title });

/** A handler map whose unspecified handlers succeed. */
export function handlersWith(overrides: Partial<HandlerMap<JobPayloads>>): HandlerMap<JobPayloads> {
  return {
    'movie.sync': () => Promise.resolve({ outcome: 'unchanged' }),
    'show.sync': () => Promise.resolve({ outcome: 'unchanged' }),
    'season.sync': () => Promise.resolve({ outcome: 'unchanged' }),
    'episodes.sync': () => Promise.resolve({ outcome: 'unchanged' }),
    'library.scan': () => Promise.resolve({ outcome: 'unchanged' }),
    'title.watch': () => Promise.resolve({ outcome: 'unchanged' }),
    'schedule.trigger': () => Promise.resolve({ outcome: 'unchanged' }),
    'webhook.store': () => Promise.resolve({ outcome: 'unchanged' }),
    ...overrides,
  };
}

/** A promise to be settled from outside. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Resolves, or rejects, when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new DOMException('aborted', 'AbortError'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

const logLineSchema = z.record(z.string(), z.unknown());
type LogLine = z.infer<typeof logLineSchema>;

/** Everything that one test builds on one Redis, below its own prefix; `dispose` closes and deletes all of it. */
export class QueueHarness {
  readonly prefix = uniqueName('queue-test');
  readonly logLines: LogLine[] = [];
  readonly logger = pino(
    { level: 'debug' },
    { write: (line) => void this.logLines.push(logLineSchema.parse(JSON.parse(line))) },
  );
  private readonly cleanUps: (() => unknown)[] = [];

  constructor(readonly url: string = testRedisUrl()) {}

  connection(profile: RedisProfile): Redis {
    const connection = createRedisConnection(this.url, profile);
    this.cleanUps.push(() => {
      connection.disconnect();
    });
    return connection;
  }

  producer(catalog: JobCatalog<JobPayloads> = testCatalog): JobProducer<JobPayloads> {
    const producer = new JobProducer({
      catalog,
      connection: this.connection('producer'),
      prefix: this.prefix,
    });
    this.cleanUps.push(() => producer.close());
    return producer;
  }

  async host(
    handlers: Partial<HandlerMap<JobPayloads>>,
    options: Partial<WorkerHostOptions<JobPayloads>> = {},
  ): Promise<WorkerHost<JobPayloads>> {
    const host = new WorkerHost<JobPayloads>({
      catalog: testCatalog,
      connection: this.connection('worker'),
      prefix: this.prefix,
      handlers: handlersWith(handlers),
      concurrency: { ...ONE_AT_A_TIME, movies: 4 },
      logger: this.logger,
      limits: quickLimits,
      ...options,
    });
    this.cleanUps.push(() => host.close({ graceMs: 0 }));
    await host.start();
    return host;
  }

  eventLog(historySize = 10_000): EventLog {
    return new EventLog({ connection: this.connection('events'), prefix: this.prefix, historySize });
  }

  /** Only carries events into the log. */
  async bridgeTo(
    log: EventLog,
    options: Partial<Pick<EventBridgeOptions, 'beforeRuns'>> = {},
  ): Promise<EventBridge> {
    const bridge = new EventBridge({
      connection: this.connection('events'),
      blocking: this.connection('events'),
      prefix: this.prefix,
      log,
      queues: ['movies', 'scans'],
      ...options,
    });
    this.cleanUps.push(() => bridge.close());
    await bridge.start();
    return bridge;
  }

  /** Only reads the log, as another process would. */
  async reader(log: EventLog, after?: number) {
    const bus = new SyncEventBus();
    const events: NumberedEvent[] = [];
    bus.subscribeToAll((event) => void events.push(event));
    const reader = new EventLogReader({
      connection: this.connection('events'),
      blocking: this.connection('events'),
      log,
      bus,
      recent: 100,
      onError: () => undefined,
      ...(after === undefined ? {} : { after }),
    });
    this.cleanUps.push(() => reader.stop());
    await reader.start();
    return { bus, events, reader };
  }

  /** A process that is interested in events. */
  async bridge(): Promise<{ readonly bus: SyncEventBus; readonly events: NumberedEvent[] }> {
    const log = this.eventLog();
    const { bus, events } = await this.reader(log);
    await this.bridgeTo(log);
    return { bus, events };
  }

  /** BullMQ's own view of a queue. */
  queue(name: 'movies' | 'scans' | 'schedules' = 'movies'): Queue {
    const queue = new Queue(name, { connection: this.connection('worker'), prefix: this.prefix });
    queue.on('error', () => undefined);
    this.cleanUps.push(() => queue.close());
    return queue;
  }

  async dispose(): Promise<void> {
    for (const cleanUp of this.cleanUps.reverse()) await cleanUp();
    const connection = createRedisConnection(this.url, 'worker');
    let cursor = '0';
    do {
      const [next, keys] = await connection.scan(cursor, 'MATCH', `${this.prefix}:*`, 'COUNT', 1000);
      if (keys.length > 0) await connection.del(keys);
      cursor = next;
    } while (cursor !== '0');
    connection.disconnect();
  }
}
