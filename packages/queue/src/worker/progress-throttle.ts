/** At most two reports a second for one job: each is a write to Redis and an entry in the event stream. */
const MIN_INTERVAL_MS = 500;

/**
 * The one place that limits progress reports. The first is sent at once, later ones at most every half second, always
 * the newest; `end` sends what is still held back.
 */
export class ProgressThrottle<T> {
  private readonly send: (report: T) => Promise<void>;
  private readonly sending = new Set<Promise<void>>();
  private held: { readonly report: T } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ended = false;

  /** `send` must not reject. */
  constructor(send: (report: T) => Promise<void>) {
    this.send = send;
  }

  report(report: T): void {
    // A handler that was abandoned may go on reporting.
    if (this.ended) return;
    this.held = { report };
    if (this.timer === undefined) this.sendHeld();
  }

  /** Resolves when the last report has been sent; later ones are ignored. */
  async end(): Promise<void> {
    this.ended = true;
    this.sendHeld();
    clearTimeout(this.timer);
    await Promise.all(this.sending);
  }

  private sendHeld(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.held === undefined) return;
    const { report } = this.held;
    this.held = undefined;
    this.timer = setTimeout(() => this.sendHeld(), MIN_INTERVAL_MS);
    const sent = this.send(report).finally(() => this.sending.delete(sent));
    this.sending.add(sent);
  }
}
