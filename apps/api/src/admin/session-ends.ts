import type { EndedSessionRepository } from '@reelsync/database';

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

/**
 * Ends what goes on in the name of a session when the session ends: a stream is checked when it begins, and would go on for
 * ever. A logout ends it here at once, in other processes with their next look; so does the end of the session's time.
 */
export class SessionEnds {
  private readonly works = new Set<Work>();
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(private readonly options: SessionEndsOptions) {}

  /** Somebody signs out. */
  async end({ id, until }: Session): Promise<void> {
    this.stop(({ session }) => session.id === id);
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
