import type { SyncEvent, SyncEventBus, SyncEventType } from '@reelsync/core';
import type { Job, Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';

import { BullFactory, type BullOptions } from '../bullmq/bull-factory';
import type { JobSubject, QueueName } from '../catalog/job-definition';
import { parseFailedReason, progressRecordSchema, returnRecordSchema } from '../worker/job-records';
import { settlesWithin } from '../worker/settles-within';

export interface EventBridgeOptions extends BullOptions {
  readonly bus: SyncEventBus;
  readonly queues: readonly QueueName[];
}

/** Closing waits for a dead Redis no longer than this. */
const CLOSE_MS = 2000;

/**
 * Turns the events of all workers into sync events on the bus of this process: one QueueEvents per queue, one per
 * process. Events are hints: what happened while the bridge was not running is in MongoDB only.
 */
export class EventBridge {
  private readonly connection: Redis;
  private readonly bus: SyncEventBus;
  private readonly names: readonly QueueName[];
  private readonly factory: BullFactory;
  private readonly onError: (error: Error, source: string) => void;
  private readonly readers: { readonly queue: Queue; readonly events: QueueEvents }[] = [];
  private readonly lookups = new Set<Promise<void>>();
  private closing: Promise<void> | undefined;

  constructor({ bus, queues, ...bull }: EventBridgeOptions) {
    this.connection = bull.connection;
    this.bus = bus;
    this.names = queues;
    this.factory = new BullFactory(bull);
    this.onError = bull.onError ?? (() => undefined);
  }

  /** Resolves when no later event can be missed. */
  async start(): Promise<void> {
    if (this.readers.length > 0) return;
    await Promise.all(this.names.map((name) => this.read(name)));
  }

  /** Leaves the connection to its owner. */
  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  private async stop(): Promise<void> {
    const closed = Promise.all(this.readers.map(({ events }) => events.close()))
      .then(() => Promise.all(this.lookups))
      .then(() => Promise.all(this.readers.map(({ queue }) => queue.close())));
    await settlesWithin(closed, CLOSE_MS);
  }

  private async read(name: QueueName): Promise<void> {
    const queue = this.factory.queue(name);
    // From the newest entry that exists now: BullMQ's default, "what comes after my next read", misses what comes before it.
    const [newest] = await this.connection.xrevrange(queue.toKey('events'), '+', '-', 'COUNT', 1);
    if (this.closing !== undefined) return queue.close();
    const events = this.factory.queueEvents(name, { lastEventId: newest?.[0] ?? '0-0' });
    this.readers.push({ queue, events });
    events.on('progress', ({ jobId, data }, eventId) => this.onProgress(jobId, data, eventId));
    events.on('completed', ({ jobId, returnvalue }, eventId) =>
      this.onCompleted(jobId, returnvalue, eventId),
    );
    events.on('failed', ({ jobId, failedReason }, eventId) => {
      const lookup = this.onFailed(queue, jobId, failedReason, eventId).finally(() =>
        this.lookups.delete(lookup),
      );
      this.lookups.add(lookup);
    });
    await events.waitUntilReady();
  }

  private onProgress(jobId: string, data: unknown, eventId: string): void {
    const { success, data: record } = progressRecordSchema.safeParse(data);
    if (!success) return;
    switch (record.kind) {
      case 'started':
        this.emit('started', record.subject, { jobId, eventId });
        break;
      case 'progress': {
        const { operation, ...details } = record.report;
        const extra = typeof operation === 'string' ? { operation } : {};
        this.emit('progress', record.subject, { jobId, eventId, details }, extra);
      }
    }
  }

  private onCompleted(jobId: string, returnvalue: unknown, eventId: string): void {
    const { success, data: record } = returnRecordSchema.safeParse(returnvalue);
    const subject = success ? record.subject : unknownSubject(jobId);
    this.emit('complete', subject, { jobId, eventId, details: success ? record.result : {} });
  }

  /** BullMQ tells of the last failure only, and with no more than the id: final failures are few, so the job is read. */
  private async onFailed(queue: Queue, jobId: string, reason: string, eventId: string): Promise<void> {
    const subject = await this.subjectOf(queue, jobId);
    const details = { code: parseFailedReason(reason)?.code ?? 'UNEXPECTED' };
    this.emit('error', subject, { jobId, eventId, details }, { error: reason });
  }

  private async subjectOf(queue: Queue, jobId: string): Promise<JobSubject> {
    try {
      const job: Job | undefined = await queue.getJob(jobId);
      const { success, data } = progressRecordSchema.safeParse(job?.progress);
      if (success) return data.subject;
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error(String(error)), 'event bridge');
    }
    return unknownSubject(jobId);
  }

  private emit(
    type: SyncEventType,
    subject: JobSubject,
    { jobId, eventId, details = {} }: { jobId: string; eventId: string; details?: Record<string, unknown> },
    extra: Pick<SyncEvent, 'operation' | 'error'> = {},
  ): void {
    const { entityId, mediaType, serverId, runId } = subject;
    this.bus.emit({
      type,
      entityId,
      mediaType,
      serverId,
      // Stream ids begin with Redis' time, so events of all workers have one clock.
      timestamp: new Date(Number(eventId.split('-')[0])),
      data: { ...details, jobId, ...(runId === undefined ? {} : { runId }) },
      ...extra,
    });
  }
}

/** EV-4: a terminal event comes even for a job that never told what it was about, such as one with a bad payload. */
function unknownSubject(jobId: string): JobSubject {
  return { entityId: jobId, mediaType: 'movie', serverId: 'server-all' };
}
