import { setTimeout as delay } from 'node:timers/promises';

import type { Redis } from 'ioredis';

import { isReadyWithin } from '../redis/connection';
import { settlesWithin } from '../worker/settles-within';

export interface StreamEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface StreamBatch {
  readonly entries: readonly StreamEntry[];
  /** Entries before these were trimmed before they were read. */
  readonly isCut: boolean;
}

export interface StreamTailOptions {
  /** Blocks: for this tail alone. The caller ends it. */
  readonly blocking: Redis;
  /** For short commands. */
  readonly connection: Redis;
  /** Stream -> id after which reading begins. */
  readonly positions: ReadonlyMap<string, string>;
  /** Awaited before more is read, so nothing piles up. If it throws, the same entries come again. */
  readonly onBatch: (stream: string, batch: StreamBatch) => Promise<void>;
  readonly onError: (error: Error) => void;
}

const BATCH_SIZE = 500;
const BLOCK_MS = 5000;
/** A read that takes this much longer than it blocks has been swallowed by a dead connection. */
const OVERDUE_MS = 5000;
/** A connection that is ended while it reconnects says nothing. */
const READY_POLL_MS = 500;
const PAUSE_AFTER_ERROR_MS = 250;
const CLOSE_MS = 2000;

/** Follows some streams from given positions over one connection, also across outages and flushes of Redis. */
export class StreamTail {
  private readonly positions: Map<string, string>;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  /** The end of the streams was not reached by the last read, so trimming may have overtaken it. */
  private isBehind = true;

  constructor(private readonly options: StreamTailOptions) {
    this.positions = new Map(options.positions);
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Leaves the connections to their owner, but ends the blocking read by disconnecting. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.options.blocking.disconnect();
    if (this.running !== undefined) await settlesWithin(this.running, CLOSE_MS);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.readOnce();
      } catch (error) {
        this.isBehind = true;
        if (this.stopping.signal.aborted) return;
        this.options.onError(error instanceof Error ? error : new Error(String(error)));
        await delay(PAUSE_AFTER_ERROR_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async readOnce(): Promise<void> {
    const { blocking, onBatch } = this.options;
    // Reads that were sent while Redis is away would all block one after the other when it is back.
    if (!(await isReadyWithin(blocking, READY_POLL_MS))) {
      this.isBehind = true;
      if (blocking.status === 'end') throw new Error('the connection for reading events has ended');
      return;
    }
    const names = [...this.positions.keys()];
    const reading = blocking.xread(
      'COUNT',
      BATCH_SIZE,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      ...names,
      ...this.positions.values(),
    );
    if (!(await settlesWithin(reading, BLOCK_MS + OVERDUE_MS))) {
      reading.catch(() => undefined);
      blocking.disconnect(true);
      throw new Error('a read of the event streams got no answer');
    }
    const wasBehind = this.isBehind;
    this.isBehind = false;
    for (const [name, raw] of (await reading) ?? []) {
      if (this.stopping.signal.aborted) return;
      const entries = raw.map(([id, fields]) => ({ id, fields: fieldsOf(fields) }));
      const isFull = entries.length >= BATCH_SIZE;
      this.isBehind ||= isFull;
      const isCut = (wasBehind || isFull) && (await this.isCutBefore(name, entries[0]?.id));
      await onBatch(name, { entries, isCut });
      const last = entries.at(-1);
      if (last !== undefined) this.positions.set(name, last.id);
    }
  }

  /** The entry at which reading stopped is gone and nothing older than the first one read is left: some in between are missing. */
  private async isCutBefore(name: string, firstId: string | undefined): Promise<boolean> {
    if (this.positions.get(name) === '0-0') return false;
    const [oldest] = await this.options.connection.xrange(name, '-', '+', 'COUNT', 1);
    return oldest !== undefined && oldest[0] === firstId;
  }
}

/** Redis answers with names and values in turn. */
export function fieldsOf(flat: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let i = 0; i + 1 < flat.length; i += 2) fields[flat[i] ?? ''] = flat[i + 1] ?? '';
  return fields;
}
