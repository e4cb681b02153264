import { withoutHoles, type SyncEventBus } from '@reelsync/core';
import type { Redis } from 'ioredis';

import type { EventLog } from './event-log';
import { fromEntry } from './log-record';
import { StreamTail } from './stream-tail';

export interface EventLogReaderOptions {
  readonly connection: Redis;
  /** Blocks: for this reader alone. */
  readonly blocking: Redis;
  readonly log: EventLog;
  readonly bus: SyncEventBus;
  /** The id of the last event that was seen; left out: from now on. */
  readonly after?: number;
  /** Earlier events that the bus is given, without telling anybody. */
  readonly recent: number;
  readonly onError: (error: Error) => void;
}

/** Feeds the bus of this process from the event log: the same events in the same order in every process. */
export class EventLogReader {
  private tail: StreamTail | undefined;
  private stopped = false;

  constructor(private readonly options: EventLogReaderOptions) {}

  /** Resolves when no later event can be missed. */
  async start(): Promise<void> {
    const { log, bus, connection, blocking, recent, onError } = this.options;
    const history = await log.readLatest(recent);
    const after = this.options.after ?? history.at(-1)?.id ?? (await log.newestId());
    bus.startAfter(after, history);
    log.saw(after);
    if (this.stopped) return;
    this.tail = new StreamTail({
      connection,
      blocking,
      positions: new Map([[log.streamKey, `${after}-0`]]),
      onBatch: (_stream, { entries }) => {
        const events = entries.flatMap(({ id, fields }) => fromEntry(id, fields) ?? []);
        // A bus that has seen nothing yet cannot know that something came before.
        const last = bus.lastId === 0 ? (events[0]?.id ?? 1) - 1 : bus.lastId;
        for (const event of withoutHoles(last, events)) bus.deliver(event);
        log.saw(bus.lastId);
        return Promise.resolve();
      },
      onError,
    });
    this.tail.start();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.tail?.stop();
  }
}
