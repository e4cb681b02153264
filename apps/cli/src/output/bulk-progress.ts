import type { BulkState } from '@reelsync/admin';
import { SingleBar } from 'cli-progress';

/** How far a bulk request is: a live line on a terminal, a line now and then elsewhere; always on stderr. */
export interface BulkProgress {
  update(state: BulkState, isWaiting: boolean): void;
  stop(): void;
}

const LINE_INTERVAL_MS = 2000;

export function createBulkProgress(
  stream: NodeJS.WriteStream,
  now: () => number = () => performance.now(),
): BulkProgress {
  return stream.isTTY ? new LiveProgress(stream) : new LineProgress(stream, now);
}

/** The source is a stream whose length nobody knows, so there is a count and no bar to fill. */
class LiveProgress implements BulkProgress {
  private readonly bar: SingleBar;
  private started = false;

  constructor(stream: NodeJS.WriteStream) {
    this.bar = new SingleBar({ stream, format: '{text}  {duration} s', hideCursor: true });
  }

  update(state: BulkState, isWaiting: boolean): void {
    const payload = { text: describe(state, isWaiting) };
    if (!this.started) this.bar.start(0, 0, payload);
    this.started = true;
    this.bar.update(payload);
  }

  stop(): void {
    if (this.started) this.bar.stop();
  }
}

class LineProgress implements BulkProgress {
  private lastLineAt: number;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly now: () => number,
  ) {
    this.lastLineAt = now();
  }

  update(state: BulkState, isWaiting: boolean): void {
    if (this.now() - this.lastLineAt < LINE_INTERVAL_MS) return;
    this.lastLineAt = this.now();
    this.stream.write(`${describe(state, isWaiting)}\n`);
  }

  stop(): void {
    // Lines are complete as they are.
  }
}

function describe({ position, planned, skipped, backlog }: BulkState, isWaiting: boolean): string {
  const counts = `enqueueing: ${position} titles read, ${planned} enqueued, ${skipped} there already`;
  return isWaiting ? `${counts}; waiting, ${backlog} jobs are on the queue` : counts;
}
