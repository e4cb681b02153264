import type { RunCounts } from '@reelsync/database';
import { SingleBar } from 'cli-progress';
import { PacedLines } from './paced-lines';
import { finishedUnits, type ReportedRun } from './run-report';

/** A live bar on a terminal, a line now and then elsewhere; always on stderr, stdout is for results. */
export interface RunProgress {
  update(run: ReportedRun): void;
  stop(): void;
}

export function createRunProgress(stream: NodeJS.WriteStream, now?: () => number): RunProgress {
  const lines = new LineProgress(new PacedLines(stream, now));
  return stream.isTTY ? new BarProgress(stream, lines) : lines;
}

/** Until the first title is planned there is nothing to show as a bar, so lines say that something happens. */
class BarProgress implements RunProgress {
  private readonly bar: SingleBar;
  private started = false;

  constructor(
    stream: NodeJS.WriteStream,
    private readonly lines: LineProgress,
  ) {
    this.bar = new SingleBar({
      stream,
      format: 'syncing |{bar}| {value}/{total} ({kinds}), {failed} failed, {duration} s',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
    });
  }

  update(run: ReportedRun): void {
    const { planned, failed } = run.counts;
    const payload = { failed, kinds: describeKinds(run) };
    if (planned === 0) {
      this.lines.update(run);
      return;
    }
    if (!this.started) {
      this.bar.start(planned, 0, payload);
      this.started = true;
    }
    this.bar.setTotal(planned);
    this.bar.update(finishedUnits(run.counts), payload);
  }

  stop(): void {
    if (this.started) this.bar.stop();
  }
}

class LineProgress implements RunProgress {
  constructor(private readonly lines: PacedLines) {}

  update(run: ReportedRun): void {
    if (run.status === 'running') this.lines.write((seconds) => describe(run, seconds));
  }

  stop(): void {
    // Lines are complete as they are.
  }
}

function describe(run: ReportedRun, seconds: number): string {
  const { planned, failed } = run.counts;
  if (planned > 0)
    return `syncing: ${finishedUnits(run.counts)} of ${planned} (${describeKinds(run)}), ${failed} failed`;
  return run.planningDone ? 'finishing …' : `waiting for a worker to read the listings … ${seconds} s`;
}

/** What has ended so far, of each kind that takes part. The episodes of a season end together. */
function describeKinds({ countsByKind: { movie, show, season, episodes } }: ReportedRun): string {
  const kinds: readonly (readonly [RunCounts, (finished: number) => string])[] = [
    [movie, (finished) => `${finished} movies`],
    [show, (finished) => `${finished} shows`],
    [season, (finished) => `${finished} seasons`],
    [episodes, (finished) => `episodes of ${finished} seasons`],
  ];
  return kinds
    .filter(([{ planned }]) => planned > 0)
    .map(([counts, text]) => text(finishedUnits(counts)))
    .join(', ');
}
