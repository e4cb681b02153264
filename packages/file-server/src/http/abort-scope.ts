import { setMaxListeners } from 'node:events';

type OnAbort = (reason: unknown) => void;
export type AbortParents = readonly (AbortSignal | AbortScope | undefined)[];

/**
 * One piece of work that ends early when any of its parents is aborted or its deadline passes; `signal.reason` says why.
 * Own code because `AbortSignal.any` of Node 20 keeps the derived signal alive for as long as a parent lives, and a
 * parent here lives as long as the process. Scopes follow each other without event targets, which are dear: five listeners
 * per request were a tenth of what a request costs.
 */
export class AbortScope {
  private readonly controller = new AbortController();
  private readonly cleanups = new Set<() => void>();
  private readonly followers = new Set<OnAbort>();

  constructor(parents: AbortParents) {
    for (const parent of parents) {
      if (parent instanceof AbortScope) this.cleanups.add(parent.onAbort((reason) => this.abort(reason)));
      else if (parent !== undefined) this.follow(parent);
    }
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Does nothing the second time. */
  abort(reason: unknown): void {
    if (this.signal.aborted) return;
    this.controller.abort(reason);
    for (const follower of this.followers) follower(reason);
    this.followers.clear();
  }

  /** Calls back once, at once when it is aborted already; the returned function takes that back. */
  onAbort(follower: OnAbort): () => void {
    if (this.signal.aborted) {
      follower(this.signal.reason);
      return () => undefined;
    }
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }

  /** Aborts with `reason()` after `ms`, unless the returned function is called before. */
  deadline(ms: number, reason: () => Error): () => void {
    const timer = setTimeout(() => this.abort(reason()), ms);
    const cancel = (): void => {
      clearTimeout(timer);
      this.cleanups.delete(cancel);
    };
    this.cleanups.add(cancel);
    return cancel;
  }

  /** Settles like `work`, or rejects with the reason at once when that comes first. */
  async race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the caller gets its own reason back, whatever it is
      const forget = this.onAbort((reason) => reject(reason));
      work.then(resolve, reject).finally(forget);
    });
  }

  /** Forgets parents and deadlines. To be called when the work has ended, in every case. */
  release(): void {
    for (const cleanup of this.cleanups) cleanup();
    this.cleanups.clear();
  }

  private follow(parent: AbortSignal): void {
    const abort = (): void => this.abort(parent.reason);
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
