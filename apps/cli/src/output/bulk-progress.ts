import type { BulkState } from '@reelsync/admin';
import { SingleBar } from 'cli-progress';
import type { Extent } from '../commands/title-source';
import { PacedLines } from './paced-lines';

/** How far a bulk request is: a live bar on a terminal, a line now and then elsewhere; always on stderr. */
export interface BulkProgress {
  /** Without an extent nobody knows how much there is to come. */
  update(state: BulkState, extent: Extent | undefined, isWaiting: boolean): void;
  stop(): void;
}

export function createBulkProgress(stream: NodeJS.WriteStream, now?: () => number): BulkProgress {
  return stream.isTTY ? new LiveProgress(stream) : new LineProgress(new PacedLines(stream, now));
}

class LiveProgress implements BulkProgress {
  private bar: SingleBar | undefined;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  update(state: BulkState, extent: Extent | undefined, isWaiting: boolean): void {
    const { read, total } = extent ?? { read: 0, total: 0 };
    const payload = { text: describe(state, extent, isWaiting) };
    if (this.bar === undefined) {
      // There is no bar to fill where nobody knows the end.
      const format =
        extent === undefined ? '{text}  {duration} s' : '{bar} {percentage} %  {text}  {duration} s';
      this.bar = new SingleBar({ stream: this.stream, format, barsize: 24, hideCursor: true });
      this.bar.start(total, 0, payload);
    }
    // The inventory may have grown since its titles were counted.
    this.bar.update(Math.min(read, total), payload);
  }

  stop(): void {
    this.bar?.stop();
  }
}

class LineProgress implements BulkProgress {
  constructor(private readonly lines: PacedLines) {}

  update(state: BulkState, extent: Extent | undefined, isWaiting: boolean): void {
    this.lines.write(() => `enqueueing: ${describe(state, extent, isWaiting)}`);
  }

  stop(): void {
    // Lines are complete as they are.
  }
}

function describe(state: BulkState, extent: Extent | undefined, isWaiting: boolean): string {
  const { planned, skipped, backlog } = state;
  const counts = `${describeRead(state, extent)}, ${planned} enqueued, ${skipped} there already`;
  return isWaiting ? `${counts}; waiting, ${backlog} jobs are on the queue` : counts;
}

function describeRead({ position }: BulkState, extent: Extent | undefined): string {
  switch (extent?.unit) {
    case undefined:
      return `${position} of ? titles read`;
    case 'titles':
      return `${position} of ${extent.total} titles read`;
    case 'bytes':
      return `${position} titles read (${Math.floor((100 * extent.read) / Math.max(1, extent.total))} % of the file)`;
  }
}
