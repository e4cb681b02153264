import type { NumberedEvent } from '@reelsync/core';
import type { Redis } from 'ioredis';

import { APPEND_SCRIPT } from './append-script';
import { fromEntry, toArguments, type LogRecord } from './log-record';
import { fieldsOf } from './stream-tail';

export interface EventLogOptions {
  /** For commands that do not block; the caller ends it. */
  readonly connection: Redis;
  readonly prefix: string;
  /** Events that are kept. */
  readonly historySize: number;
}

/** Where events come from, and how far that has been read. */
export interface EventSource {
  readonly name: string;
  readonly readUntil: string;
}

/** Ends of units of one run that have been told, up to the event with this id. */
export interface ToldUnits {
  readonly until: number;
  readonly units: number;
}

/** How long it is remembered of a run what has been told of it: since the last of it was told. */
export const RUN_MEMORY_MS = 24 * 3600_000;
/** Events in one call: Redis does nothing else meanwhile. */
const CHUNK_SIZE = 500;
/** Of the state: milliseconds since 1970. */
const RUNS_TOLD_UNTIL = 'runs-told-until';

/** The one order of the events of all processes: bounded, durable, numbered without holes (EV-2). */
export class EventLog {
  readonly streamKey: string;
  private readonly stateKey: string;
  private readonly runPrefix: string;
  private highestSeen = 0;

  constructor(private readonly options: EventLogOptions) {
    this.streamKey = `${options.prefix}:sync-events`;
    this.stateKey = `${options.prefix}:sync-events:state`;
    this.runPrefix = `${options.prefix}:sync-events:`;
  }

  /** Returns how many were new. `source` moves on also when nothing of it was worth an event. */
  async append(records: readonly LogRecord[], source?: EventSource): Promise<number> {
    let appended = 0;
    let start = 0;
    do {
      const end = endOfChunk(records, start);
      const readUntil = end < records.length ? records[end - 1]?.sourceId : source?.readUntil;
      appended += await this.appendChunk(records.slice(start, end), source?.name ?? '', readUntil ?? '0-0');
      start = end;
    } while (start < records.length);
    return appended;
  }

  /** How far this source has been read; undefined when it never was, or Redis was flushed. */
  async cursorOf(source: string): Promise<string | undefined> {
    return (await this.options.connection.hget(this.stateKey, `cursor:${source}`)) ?? undefined;
  }

  /** All that became of runs until then has been told; undefined when nobody has said so, or Redis was flushed. */
  async runsToldUntil(): Promise<Date | undefined> {
    const ms = await this.options.connection.hget(this.stateKey, RUNS_TOLD_UNTIL);
    return ms === null ? undefined : new Date(Number(ms));
  }

  /** May be earlier than what was said before: clocks are set back. */
  async setRunsToldUntil(time: Date): Promise<void> {
    await this.options.connection.hset(this.stateKey, RUNS_TOLD_UNTIL, time.getTime());
  }

  /** The next events after an id, oldest first; holes are not marked. */
  async read(after: number, limit: number): Promise<NumberedEvent[]> {
    const entries = await this.options.connection.xrange(
      this.streamKey,
      `${after + 1}-0`,
      '+',
      'COUNT',
      limit,
    );
    return this.toEvents(entries);
  }

  /** Oldest first. */
  async readLatest(count: number): Promise<NumberedEvent[]> {
    if (count <= 0) return [];
    const entries = await this.options.connection.xrevrange(this.streamKey, '+', '-', 'COUNT', count);
    return this.toEvents(entries.reverse());
  }

  /** 0 for an empty log. */
  async newestId(): Promise<number> {
    const [newest] = await this.options.connection.xrevrange(this.streamKey, '+', '-', 'COUNT', 1);
    return newest === undefined ? 0 : Number(newest[0].split('-')[0]);
  }

  /** Id of the event that told a fact of a run, if it was told. */
  async idOfFact(runId: string, name: string): Promise<number | undefined> {
    const id = await this.options.connection.hget(`${this.runPrefix}run:${runId}`, name);
    return id === null ? undefined : Number(id);
  }

  /** Units of the run whose end has been told. */
  toldUnits(runId: string): Promise<number> {
    return this.options.connection.scard(`${this.runPrefix}unit:${runId}`);
  }

  /** As `toldUnits`, also of those whose events are gone, together with the id of the newest event that counts. */
  async toldUntil(runId: string): Promise<ToldUnits> {
    const { connection } = this.options;
    const [newest, units] =
      (await connection.multi().hget(this.stateKey, 'seq').scard(`${this.runPrefix}unit:${runId}`).exec()) ??
      [];
    return { until: Number(newest?.[1] ?? 0), units: Number(units?.[1] ?? 0) };
  }

  /** Ids of a log that is begun anew (Redis was flushed) are higher than every id seen so far. */
  saw(id: number): void {
    this.highestSeen = Math.max(this.highestSeen, id);
  }

  private async appendChunk(
    records: readonly LogRecord[],
    source: string,
    readUntil: string,
  ): Promise<number> {
    const { connection, historySize } = this.options;
    const appended = await connection.eval(
      APPEND_SCRIPT,
      2,
      this.streamKey,
      this.stateKey,
      historySize,
      this.highestSeen,
      this.runPrefix,
      RUN_MEMORY_MS / 1000,
      source,
      readUntil,
      ...records.flatMap(toArguments),
    );
    return Number(appended);
  }

  private toEvents(entries: readonly [string, string[]][]): NumberedEvent[] {
    const events = entries.flatMap(([id, fields]) => fromEntry(id, fieldsOf(fields)) ?? []);
    this.saw(events.at(-1)?.id ?? 0);
    return events;
  }
}

/** What one entry of a source has become stays together: the next call takes the entry for one that has been read. */
function endOfChunk(records: readonly LogRecord[], start: number): number {
  let end = Math.min(start + CHUNK_SIZE, records.length);
  const entry = records[end - 1]?.sourceId;
  while (entry !== undefined && end < records.length && records[end]?.sourceId === entry) end += 1;
  return end;
}
