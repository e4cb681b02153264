import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import type { NumberedEvent } from '@reelsync/core';
import type { EventFeed } from '@reelsync/sync';

import { HttpError } from '../http/http-problem';

/** Where streams get their events from. */
export type EventSource = Pick<EventFeed, 'position' | 'eventsAfter' | 'changed'>;

/** What one client gets to see. */
export interface StreamView {
  /** The id after which it begins; left out: from now on. */
  readonly after?: number | undefined;
  /** Undefined: nothing of this event. */
  frameOf(event: NumberedEvent): string | undefined;
  /** How long after this event the stream ends, in milliseconds; undefined: not with it. */
  endsAfterMs?(event: NumberedEvent): number | undefined;
}

export interface EventStreamsOptions {
  readonly source: EventSource;
  readonly maxStreams: number;
  readonly heartbeatMs?: number;
  /** A client that takes nothing for this long is dropped; it can resume where it was. */
  readonly slowClientMs?: number;
  readonly onDropped?: () => void;
}

const PAGE_SIZE = 200;
const HEARTBEAT_MS = 15_000;
const SLOW_CLIENT_MS = 30_000;
const RECONNECT_MS = 2000;

/**
 * Server-sent events. A stream holds nothing but its position: it reads the next events when the client has taken the
 * last ones, from the memory that all streams share or from the log, so that a slow client costs no memory.
 */
export class EventStreams {
  private readonly open = new Set<AbortController>();
  private closed = false;

  constructor(private readonly options: EventStreamsOptions) {}

  /**
   * Resolves when the stream has ended. Throws STREAMS_EXHAUSTED before anything is sent; the view may take its time, the
   * client is answered at once. It also ends when `until` aborts.
   */
  async serve(
    response: ServerResponse,
    view: StreamView | (() => Promise<StreamView>),
    until?: AbortSignal,
  ): Promise<void> {
    if (this.closed || this.open.size >= this.options.maxStreams)
      throw new HttpError('STREAMS_EXHAUSTED', 'No further event stream can be served');
    const stopping = new AbortController();
    this.open.add(stopping);
    const stop = (): void => stopping.abort();
    response.once('close', stop);
    until?.addEventListener('abort', stop, { once: true });
    begin(response);
    const stream = new EventStream(response, view, this.options, stopping.signal);
    try {
      await stream.run();
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    } finally {
      this.open.delete(stopping);
      until?.removeEventListener('abort', stop);
      if (stream.isStuck) {
        this.options.onDropped?.();
        response.destroy();
      } else response.end();
    }
  }

  /** Ends all streams; their clients come back to the next process. */
  close(): void {
    this.closed = true;
    for (const stopping of this.open) stopping.abort();
  }
}

class EventStream {
  isStuck = false;
  private position: number | undefined;
  private isWriting = false;
  private hasCaughtUp = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly openView: StreamView | (() => Promise<StreamView>),
    private readonly options: EventStreamsOptions,
    private readonly signal: AbortSignal,
  ) {}

  async run(): Promise<void> {
    const heartbeat = setInterval(() => this.beat(), this.options.heartbeatMs ?? HEARTBEAT_MS);
    try {
      await this.pump();
    } finally {
      clearInterval(heartbeat);
    }
  }

  private async pump(): Promise<void> {
    const { source } = this.options;
    const view = typeof this.openView === 'function' ? await this.openView() : this.openView;
    let position = view.after ?? (await source.position());
    while (!this.signal.aborted) {
      const events = await source.eventsAfter(position, PAGE_SIZE);
      for (const event of events) {
        const frame = view.frameOf(event);
        if (frame !== undefined && !(await this.write(frame))) return;
        position = this.position = event.id;
        const endsAfterMs = view.endsAfterMs?.(event);
        if (endsAfterMs !== undefined) {
          await delay(endsAfterMs, undefined, { signal: this.signal });
          return;
        }
      }
      if (events.length > 0) continue;
      this.hasCaughtUp = true;
      await source.changed(position, this.signal);
    }
  }

  /** Resolves when the client has room for more; to false when the stream is over. */
  private async write(frame: string): Promise<boolean> {
    if (this.signal.aborted) return false;
    if (this.response.write(frame)) return true;
    const patience = AbortSignal.timeout(this.options.slowClientMs ?? SLOW_CLIENT_MS);
    this.isWriting = true;
    try {
      await once(this.response, 'drain', { signal: AbortSignal.any([this.signal, patience]) });
      return true;
    } catch {
      this.isStuck = patience.aborted;
      return false;
    } finally {
      this.isWriting = false;
    }
  }

  /** Carries the position, so that a client whose filter passes little resumes where it is and not far behind. */
  private beat(): void {
    if (this.isWriting) return;
    const id = this.hasCaughtUp && this.position !== undefined ? `id: ${this.position}\n` : '';
    this.response.write(`${id}: heartbeat\n\n`);
  }
}

function begin(response: ServerResponse): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    // A connection that is kept after its stream has ended would hold up the stop of the process.
    Connection: 'close',
    // Proxies that follow nginx pass everything on at once.
    'X-Accel-Buffering': 'no',
  });
  response.write(`retry: ${RECONNECT_MS}\n\n`);
}
