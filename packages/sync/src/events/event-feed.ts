import {
  gapBetween,
  runIdsOf,
  SENTINELS,
  SyncEventBus,
  withoutHoles,
  type NumberedEvent,
} from '@reelsync/core';
import {
  createRedisConnection,
  EventBridge,
  EventLog,
  EventLogReader,
  QUEUE_NAMES,
  settlesWithin,
} from '@reelsync/queue';
import { RunAnnouncer, type AnnouncerTimes, type RunAnnouncerOptions } from './run-announcer';
import { RUN_ENDED, RUN_STARTED } from './run-facts';

export interface EventFeedOptions {
  readonly url: string;
  readonly prefix: string;
  /** Events that the log keeps. */
  readonly historySize: number;
  readonly database: { readonly runs: RunAnnouncerOptions['runs'] };
  readonly bus?: SyncEventBus;
  /** The last event that was seen before; left out: the feed tells what happens from now on. */
  readonly after?: number;
  readonly now?: () => Date;
  readonly onError: (error: Error, source: string) => void;
  readonly times?: Partial<AnnouncerTimes>;
}

/** Closing waits for a dead Redis no longer than this. */
const CLOSE_MS = 2000;
/** Earlier events that a bus starts with: enough for most who resume, without asking Redis. */
const RECENT_EVENTS = 1000;

/**
 * The events of all processes on the bus of this one, in the same order everywhere (decision 0016). Carries the events of
 * jobs into the log, tells what becomes of runs, and reads the log.
 */
export class EventFeed {
  readonly bus: SyncEventBus;
  private readonly connections: ReturnType<typeof createRedisConnection>[];
  private readonly log: EventLog;
  private readonly bridge: EventBridge;
  private readonly reader: EventLogReader;
  private readonly announcer: RunAnnouncer;
  private readonly waiting = new Set<() => void>();
  private readonly onError: (error: Error, source: string) => void;
  private readonly now: () => Date;
  private readonly unsubscribe: () => void;
  private starting: Promise<void> | undefined;
  private closed = false;

  constructor(options: EventFeedOptions) {
    const { url, prefix, historySize, database, onError } = options;
    this.now = options.now ?? (() => new Date());
    this.onError = onError;
    this.bus = options.bus ?? new SyncEventBus({ historySize: RECENT_EVENTS });
    const connect = () => createRedisConnection(url, 'events', { onError });
    const [connection, readerConnection, bridgeConnection] = [connect(), connect(), connect()];
    this.connections = [connection, readerConnection, bridgeConnection];
    this.log = new EventLog({ connection, prefix, historySize });
    this.announcer = new RunAnnouncer({
      runs: database.runs,
      log: this.log,
      now: this.now,
      onError: (error) => this.report(error, 'run announcer'),
      ...(options.times === undefined ? {} : { times: options.times }),
    });
    this.reader = new EventLogReader({
      connection,
      blocking: readerConnection,
      log: this.log,
      bus: this.bus,
      recent: RECENT_EVENTS,
      onError: (error) => onError(error, 'event log'),
      ...(options.after === undefined ? {} : { after: options.after }),
    });
    this.bridge = new EventBridge({
      connection,
      blocking: bridgeConnection,
      prefix,
      log: this.log,
      queues: QUEUE_NAMES,
      onError,
      beforeRuns: (runIds) => this.beginRuns(runIds),
    });
    this.unsubscribe = this.bus.subscribeToAll((event) => this.onEvent(event));
  }

  /** Resolves when no later event can be missed: while Redis is down, not before it is back. Never rejects. */
  start(): Promise<void> {
    this.starting ??= this.begin();
    return this.starting;
  }

  /** Id of the newest event that this process knows. */
  async position(): Promise<number> {
    await this.start();
    return this.bus.lastId;
  }

  /** The next events after an id, oldest first; a gap stands for whatever is not there any more. Empty: nothing new yet. */
  async eventsAfter(id: number, limit: number): Promise<readonly NumberedEvent[]> {
    const known = this.bus.eventsAfter(id, limit);
    if (known !== undefined) return known.length > 0 || id <= this.bus.lastId ? known : this.beyond(id);
    const stored = await this.log.read(id, limit);
    // 0 is before everything, wherever the log begins: nothing is missing.
    const events = withoutHoles(id === 0 ? (stored[0]?.id ?? 1) - 1 : id, stored);
    return events.length > 0 ? events : [gapBetween(id, this.bus.lastId + 1, this.now())];
  }

  /** Resolves when there is something after this id, or the signal aborts. */
  changed(id: number, signal: AbortSignal): Promise<void> {
    if (this.bus.lastId > id || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** An id that the bus has not reached: it may come, or belong to another history (a clock that was set back). */
  private async beyond(id: number): Promise<readonly NumberedEvent[]> {
    const newest = await this.log.newestId();
    return id > newest ? [gapBetween(newest, newest + 1, this.now())] : [];
  }

  /** Id of the event with which a run began; if nobody has told it yet, it is told now. */
  async beginningOf(runId: string): Promise<number | undefined> {
    await this.announcer.begin([runId]);
    return this.log.idOfFact(runId, RUN_STARTED);
  }

  /** The run's end has been told, and so much since that the log does not reach back to it: it will not come again. */
  async isEndForgotten(runId: string): Promise<boolean> {
    const id = await this.log.idOfFact(runId, RUN_ENDED);
    if (id === undefined) return false;
    const [event] = await this.log.read(id - 1, 1);
    return event?.id !== id;
  }

  /** How many units of a run the log has told the end of so far, also where it does not reach back to them. */
  toldUntil(runId: string): ReturnType<EventLog['toldUntil']> {
    return this.log.toldUntil(runId);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.unsubscribe();
    for (const connection of this.connections.filter(({ status }) => status !== 'ready'))
      connection.disconnect();
    // What has begun may end, unless Redis goes away meanwhile: ioredis never settles what it had sent before.
    const stopped = Promise.all([this.bridge.close(), this.reader.stop(), this.announcer.stop()]);
    await settlesWithin(stopped, CLOSE_MS);
    for (const connection of this.connections) connection.disconnect();
    this.wakeAll();
  }

  private async begin(): Promise<void> {
    try {
      await this.reader.start();
      // Those who came before the bus knew where it is.
      this.wakeAll();
      await this.bridge.start();
      this.announcer.start();
    } catch (error) {
      // Events are hints; a process without them still does its work.
      this.report(error, 'event feed');
    }
  }

  /** Events of jobs must not wait for MongoDB: without it, the beginning is told later. */
  private async beginRuns(runIds: readonly string[]): Promise<void> {
    try {
      await this.announcer.begin(runIds);
    } catch (error) {
      this.report(error, 'run announcer');
    }
  }

  private onEvent(event: NumberedEvent): void {
    if (runIdsOf(event).length > 0 || event.entityId === SENTINELS.scan) this.announcer.nudge();
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const wake of this.waiting) wake();
  }

  private report(error: unknown, source: string): void {
    // A stop cuts short what is under way.
    if (this.closed) return;
    this.onError(error instanceof Error ? error : new Error(String(error)), source);
  }
}
