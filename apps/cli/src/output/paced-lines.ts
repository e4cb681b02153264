const LINE_INTERVAL_MS = 2000;

/** Lines about something that goes on for long: the first after a moment, then one now and then. */
export class PacedLines {
  private readonly beganAt: number;
  private lastLineAt: number;

  constructor(
    private readonly stream: NodeJS.WritableStream,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.beganAt = now();
    this.lastLineAt = this.beganAt;
  }

  write(text: (elapsedSeconds: number) => string): void {
    if (this.now() - this.lastLineAt < LINE_INTERVAL_MS) return;
    this.lastLineAt = this.now();
    this.stream.write(`${text(Math.floor((this.lastLineAt - this.beganAt) / 1000))}\n`);
  }
}
