import { ReelsyncError } from '@reelsync/core';
import type { EndedSessionRepository } from '@reelsync/database';
import { LRUCache } from 'lru-cache';

import { withinDeadline } from '../http/within-deadline';
import type { Session } from './sessions';

export interface SessionEndsOptions {
  /** What other processes know. */
  readonly ended: Pick<EndedSessionRepository, 'end' | 'findEnded'>;
  readonly now: () => Date;
  readonly onError: (error: unknown) => void;
  /** Milliseconds between two looks at what has ended meanwhile. */
  readonly lookMs?: number;
}

interface Work {
  readonly session: Session;
  readonly stopping: AbortController;
}

const LOOK_MS = 5000;
/** Requests must not wait for a MongoDB that hangs. */
const CHECK_MS = 1000;
/** Far more than one account has at a time. */
const SESSIONS_REMEMBERED = 10_000;

/**
 * Knows which sessions were signed out, and ends what goes on in their name: a stream is checked when it begins, and would
 * go on for ever. A logout counts here at once, in other processes with their next look.
 */
export class SessionEnds {
  private readonly works = new Set<Work>();
  /** Sessions that were looked up: whether they were signed out. */
  private readonly known: LRUCache<string, { readonly ended: boolean }>;
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(private readonly options: SessionEndsOptions) {
    this.known = new LRUCache({
      max: SESSIONS_REMEMBERED,
      ttl: options.lookMs ?? LOOK_MS,
      fetchMethod: (id) => this.lookUp(id),
    });
  }

  /**
   * Whether a cookie still counts. Without MongoDB it does: its signature and its time are checked by themselves, and an
   * outage must not lock the operators out of the very pages that show it (decision 0030).
   */
  async isOpen({ id }: Session): Promise<boolean> {
    return (await this.known.fetch(id))?.ended !== true;
  }

  /** Somebody signs out. */
  async end(session: Session): Promise<void> {
    const { id, until } = session;
    this.stop((work) => work.session.id === id);
    this.rememberEnd(session);
    await this.options.ended.end(id, until);
  }

  /** Does something that must not outlive the session; it is told by the signal. */
  async during(session: Session, work: (ended: AbortSignal) => Promise<void>): Promise<void> {
    const entry = { session, stopping: new AbortController() };
    this.works.add(entry);
    this.timer ??= setInterval(() => void this.look(), this.options.lookMs ?? LOOK_MS);
    try {
      await work(entry.stopping.signal);
    } finally {
      this.works.delete(entry);
      if (this.works.size === 0) {
        clearInterval(this.timer);
        this.timer = undefined;
      }
    }
  }

  private async lookUp(id: string): Promise<{ readonly ended: boolean }> {
    try {
      const ended = await withinDeadline(
        this.options.ended.findEnded([id]),
        CHECK_MS,
        () => new ReelsyncError('DATABASE_UNAVAILABLE', 'The database did not answer in time'),
      );
      return { ended: ended.has(id) };
    } catch (error) {
      this.options.onError(error);
      return { ended: false };
    }
  }

  /** An end is for good, also when it could not be stored. */
  private rememberEnd({ id, until }: Session): void {
    const ttl = Math.max(1, until.getTime() - this.options.now().getTime());
    this.known.set(id, { ended: true }, { ttl });
  }

  private async look(): Promise<void> {
    const now = this.options.now();
    this.stop(({ session }) => session.until <= now);
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const ended = await this.options.ended.findEnded([...this.works].map(({ session }) => session.id));
      this.stop(({ session }) => ended.has(session.id));
    } catch (error) {
      this.options.onError(error);
    } finally {
      this.isLooking = false;
    }
  }

  private stop(isOver: (work: Work) => boolean): void {
    for (const work of this.works) if (isOver(work)) work.stopping.abort();
  }
}
