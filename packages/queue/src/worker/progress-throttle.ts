/** At most two reports a second for one job: each is a write to Redis and an entry in the event stream. */
const MIN_INTERVAL_MS = 500;

/**
 * The one place that limits progress reports. The first is sent at once, later ones at most every half second, always
 * the newest; `end` sends what is still held back. Steps wait for the first time half a second too, so that work which ends
 * sooner sends none of them: its end tells the same.
 */
export class ProgressThrottle<T> {
  private readonly send: (report: T) => Promise<void>;
  private readonly sending = new Set<Promise<void>>();
  private held: { readonly report: T } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  /** Something has been sent, or must be. */
  private hasBegun = false;

  /** `send` must not reject. */
  constructor(send: (report: T) => Promise<void>) {
    this.send = send;
  }

  report(report: T): void {
    // A handler that was abandoned may go on reporting.
    if (this.ended) return;
    this.held = { report };
    this.hasBegun = true;
    if (this.timer === undefined) this.sendHeld();
  }

  step(report: T): void {
    if (this.hasBegun) this.report(report);
    if (this.hasBegun || this.ended) return;
    this.held = { report };
    this.timer ??= setTimeout(() => this.sendHeld(), MIN_INTERVAL_MS);
  }

  /** Resolves when the last report has been sent; later ones are ignored. */
  async end(): Promise<void> {
    this.ended = true;
    if (this.hasBegun) this.sendHeld();
    clearTimeout(this.timer);
    await Promise.all(this.sending);
  }

  private sendHeld(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.held === undefined) return;
    const { report } = this.held;
    this.hasBegun = true;
    this.held = undefined;
    this.timer = setTimeout(() => this.sendHeld(), MIN_INTERVAL_MS);
    const sent = this.send(report).finally(() => this.sending.delete(sent));
    this.sending.add(sent);
  }
}
