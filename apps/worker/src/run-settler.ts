import type { RunRepository } from '@reelsync/database';
import type { Logger } from '@reelsync/runtime';

/** How soon after its last unit a run ends. One query per interval, however many jobs end in it. */
const INTERVAL_MS = 100;

/** Ends runs whose last unit has ended. */
export class RunSettler {
  private timer: NodeJS.Timeout | undefined;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly runs: Pick<RunRepository, 'settle'>,
    private readonly logger: Logger,
    private readonly now: () => Date,
  ) {}

  /** Something has ended: look soon. */
  readonly nudge = (): void => {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.work = this.work.then(() => this.settle());
    }, INTERVAL_MS);
  };

  /** Looks one last time, so that a run does not wait for the next worker to end. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.work;
    await this.settle();
  }

  private async settle(): Promise<void> {
    try {
      for (const run of await this.runs.settle(this.now())) {
        const durationMs = (run.finishedAt ?? this.now()).getTime() - run.startedAt.getTime();
        this.logger.info(
          { runId: run.id, trigger: run.trigger, counts: run.counts, durationMs },
          'run finished',
        );
      }
    } catch (error) {
      // The runs stay open in MongoDB; the next unit that ends, or the next start, settles them.
      this.logger.warn({ err: error }, 'could not settle runs');
    }
  }
}
