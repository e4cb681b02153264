import type { RunRepository } from '@reelsync/database';
import type { Logger } from '@reelsync/runtime';

/** How soon after its last unit a run ends when nothing else ends meanwhile. */
const SETTLE_AFTER_MS = 100;
/** And at the latest. One look at the open runs in this time, however many jobs end in it. */
const SETTLE_WITHIN_MS = 400;
/** How often a worker looks for runs that nobody works on any more. */
const ABANDONED_INTERVAL_MS = 30_000;
/** The sweep gives lost requests a new job long before; this is for installations whose sweep is off or paused. */
const ABANDONED_AFTER_MS = 30 * 60_000;

export interface RunSettlerOptions {
  readonly runs: Pick<RunRepository, 'settle' | 'closeAbandoned'>;
  /** Whether no job waits or runs anywhere. */
  readonly isIdle: () => Promise<boolean>;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Ends runs: those whose last unit has ended, and those whose jobs are gone (EV-4: every run ends). */
export class RunSettler {
  private timer: NodeJS.Timeout | undefined;
  private settleBy = 0;
  private sweeper: NodeJS.Timeout | undefined;
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly options: RunSettlerOptions) {}

  start(): void {
    this.sweeper ??= setInterval(() => this.queueUp(() => this.closeAbandoned()), ABANDONED_INTERVAL_MS);
    this.nudge();
  }

  /** Something has ended: look soon. */
  readonly nudge = (): void => {
    const at = performance.now();
    if (this.timer !== undefined) {
      if (at + SETTLE_AFTER_MS <= this.settleBy) this.timer.refresh();
      return;
    }
    this.settleBy = at + SETTLE_WITHIN_MS;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.queueUp(() => this.settle());
    }, SETTLE_AFTER_MS);
  };

  /** Looks one last time, so that a run does not wait for the next worker to end. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    clearInterval(this.sweeper);
    this.queueUp(() => this.settle());
    await this.work;
  }

  private queueUp(task: () => Promise<void>): void {
    this.work = this.work.then(task).catch((error: unknown) => {
      // The runs stay open in MongoDB; the next unit that ends, or the next look, settles them.
      this.options.logger.warn({ err: error }, 'could not settle runs');
    });
  }

  private async settle(): Promise<void> {
    const { runs, logger, now } = this.options;
    for (const run of await runs.settle(now())) {
      const durationMs = (run.finishedAt ?? now()).getTime() - run.startedAt.getTime();
      logger.info({ runId: run.id, trigger: run.trigger, counts: run.counts, durationMs }, 'run finished');
    }
  }

  private async closeAbandoned(): Promise<void> {
    const { runs, isIdle, logger, now } = this.options;
    if (!(await isIdle())) return;
    const closed = await runs.closeAbandoned(new Date(now().getTime() - ABANDONED_AFTER_MS), now());
    if (closed === 0) return;
    logger.warn({ closed }, 'closed requests whose jobs are gone');
    await this.settle();
  }
}
