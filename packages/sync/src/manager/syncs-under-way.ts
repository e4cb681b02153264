/** Syncs and comparisons that a manager has under way, so that it can stop them before it closes what they work with. */
export class SyncsUnderWay {
  private readonly stops = new Map<AbortController, Promise<unknown>>();

  /** Runs until it ends or aborts with the caller's signal, or until `stop`. */
  async run<T>(caller: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const follow = (): void => stop.abort(caller?.reason);
    if (caller?.aborted === true) follow();
    caller?.addEventListener('abort', follow, { once: true });
    const running = work(stop.signal);
    this.stops.set(stop, running);
    try {
      return await running;
    } finally {
      caller?.removeEventListener('abort', follow);
      this.stops.delete(stop);
    }
  }

  /** Aborts them, as their callers could, and resolves when all have ended. */
  async stop(): Promise<void> {
    while (this.stops.size > 0) {
      const ends = [...this.stops.values()];
      for (const stop of this.stops.keys()) stop.abort();
      await Promise.allSettled(ends);
    }
  }
}
