import { setMaxListeners } from 'node:events';

/**
 * One piece of work that ends early when any of its parents is aborted or its deadline passes; `signal.reason` says why.
 * Own code because `AbortSignal.any` of Node 20 keeps the derived signal alive for as long as a parent lives, and a
 * parent here lives as long as the process.
 */
export class AbortScope {
  private readonly controller = new AbortController();
  private readonly cleanups = new Set<() => void>();

  constructor(parents: readonly (AbortSignal | undefined)[]) {
    for (const parent of parents) {
      if (parent !== undefined) this.follow(parent);
    }
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Aborts with `reason()` after `ms`, unless the returned function is called before. */
  deadline(ms: number, reason: () => Error): () => void {
    const timer = setTimeout(() => this.controller.abort(reason()), ms);
    const cancel = (): void => {
      clearTimeout(timer);
      this.cleanups.delete(cancel);
    };
    this.cleanups.add(cancel);
    return cancel;
  }

  /** Forgets parents and deadlines. To be called when the work has ended, in every case. */
  release(): void {
    for (const cleanup of this.cleanups) cleanup();
    this.cleanups.clear();
  }

  private follow(parent: AbortSignal): void {
    const abort = (): void => this.controller.abort(parent.reason);
    if (parent.aborted) {
      abort();
      return;
    }
    // One signal stops any number of requests; that is no leak, every scope takes its listener away again.
    setMaxListeners(0, parent);
    parent.addEventListener('abort', abort, { once: true });
    this.cleanups.add(() => parent.removeEventListener('abort', abort));
  }
}

/** Settles like `work`, or rejects with the signal's reason at once when that comes first. */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the caller gets its own reason back, whatever it is
      reject(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
