import { gapEvent } from '@reelsync/core';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

import { BullFactory, type BullOptions } from '../bullmq/bull-factory';
import type { QueueName } from '../catalog/job-definition';
import { settlesWithin } from '../worker/settles-within';
import type { EventLog } from './event-log';
import { recordsOf, timeOf } from './job-event';
import type { LogRecord } from './log-record';
import { StreamTail, type StreamBatch } from './stream-tail';

export interface EventBridgeOptions extends BullOptions {
  /** Blocks: for this bridge alone. */
  readonly blocking: Redis;
  readonly log: EventLog;
  readonly queues: readonly QueueName[];
  /** Told of the runs of the events that are about to be written, so that the beginning of a run comes before them. */
  readonly beforeRuns?: (runIds: readonly string[]) => Promise<void>;
}

/** Closing waits for a dead Redis no longer than this. */
const CLOSE_MS = 2000;

/**
 * Carries what the workers of all processes do from BullMQ's event streams into the event log. One reader per process for
 * all queues; any number of processes may do it at the same time (decision 0016).
 */
export class EventBridge {
  private readonly queues: ReadonlyMap<QueueName, Queue>;
  private readonly onError: (error: Error, source: string) => void;
  private tail: StreamTail | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: EventBridgeOptions) {
    const factory = new BullFactory(options);
    this.queues = new Map(options.queues.map((name) => [name, factory.queue(name)]));
    this.onError = options.onError ?? (() => undefined);
  }

  /** Resolves when no later event can be missed. Goes on where the last bridge stopped. */
  async start(): Promise<void> {
    if (this.tail !== undefined || this.closing !== undefined) return;
    const { log, connection, blocking } = this.options;
    const positions = new Map<string, string>();
    const names = new Map<string, QueueName>();
    for (const [name, queue] of this.queues) {
      const stream = queue.toKey('events');
      names.set(stream, name);
      positions.set(stream, (await log.cursorOf(name)) ?? '0-0');
    }
    if (this.isClosing()) return;
    this.tail = new StreamTail({
      blocking,
      connection,
      positions,
      onBatch: async (stream, batch) => {
        const name = names.get(stream);
        if (name !== undefined) await this.carry(name, batch);
      },
      onError: (error) => this.onError(error, 'event bridge'),
    });
    this.tail.start();
  }

  /** Leaves the shared connection to its owner. */
  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  private isClosing(): boolean {
    return this.closing !== undefined;
  }

  private async stop(): Promise<void> {
    await this.tail?.stop();
    await settlesWithin(Promise.all([...this.queues.values()].map((queue) => queue.close())), CLOSE_MS);
  }

  private async carry(name: QueueName, { entries, isCut }: StreamBatch): Promise<void> {
    const [first] = entries;
    const last = entries.at(-1);
    if (first === undefined || last === undefined) return;
    const records: LogRecord[] = isCut ? [gapBefore(name, first)] : [];
    for (const entry of entries) {
      records.push(...(await recordsOf(entry, (jobId) => this.progressOf(name, jobId))));
    }
    const runIds = [...new Set(records.flatMap((record) => record.runIds))];
    if (runIds.length > 0) await this.options.beforeRuns?.(runIds);
    await this.options.log.append(records, { name, readUntil: last.id });
  }

  private async progressOf(name: QueueName, jobId: string): Promise<unknown> {
    const job: { readonly progress: unknown } | undefined = await this.queues.get(name)?.getJob(jobId);
    return job?.progress;
  }
}

/** The queue's own stream was trimmed before anybody read it. */
function gapBefore(name: QueueName, entry: { readonly id: string }): LogRecord {
  return { sourceId: entry.id, runIds: [], event: gapEvent(timeOf(entry), { queue: name }) };
}
