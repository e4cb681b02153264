import { ReelsyncError } from '@reelsync/core';
import type { DatabaseAdapter, Run } from '@reelsync/database';
import { UnitPlanner } from '@reelsync/domain';
import { scanKey, type JobPayloads, type JobProducer } from '@reelsync/queue';
import { mustBeTaken } from '../requests/must-be-taken';
import { openUnitChunks } from '../requests/open-unit-chunks';
import { QueueUnitEnqueuer } from '../requests/queue-unit-enqueuer';
import { scanOfScope } from '../requests/scan-payload';
import { urgencyOf } from '../requests/urgency';

export interface CancelRunOptions {
  readonly database: Pick<DatabaseAdapter, 'runs' | 'titleWatches'>;
  readonly producer: JobProducer<JobPayloads>;
  readonly now: () => Date;
}

export interface Cancellation {
  /** As it ended; when it had ended before, nothing was done. */
  readonly run: Run;
  /** Jobs that nobody else waits for and that had not begun. Those that had go on. */
  readonly withdrawnJobs: number;
}

/**
 * Takes a request back: its open units end as skipped, and jobs leave the queue if nobody else waits for them. That what is
 * dirty stays dirty is no business of the run: the next scan or sweep finds it.
 */
export class RunCanceller {
  private readonly planner: UnitPlanner;

  constructor(private readonly options: CancelRunOptions) {
    const enqueuer = new QueueUnitEnqueuer(options.producer);
    this.planner = new UnitPlanner(options.database.runs, enqueuer, options.now);
  }

  /** Throws RUN_UNKNOWN. */
  async cancel(runId: string, by?: string): Promise<Cancellation> {
    const { runs, titleWatches } = this.options.database;
    const reason = { code: 'RUN_CANCELLED', message: by === undefined ? 'Cancelled' : `Cancelled by ${by}` };
    const cancelled = await runs.withdraw(runId, 'cancelled', reason, this.options.now());
    if (cancelled === null) {
      const run = await runs.get(runId);
      if (run === null) throw new ReelsyncError('RUN_UNKNOWN', `There is no run '${runId}'`);
      return { run, withdrawnJobs: 0 };
    }
    await titleWatches.remove(runId);
    let withdrawnJobs = await this.withdrawScan(cancelled);
    for await (const chunk of openUnitChunks(runs.streamSkipped(runId, reason.code)))
      withdrawnJobs += await this.planner.withdraw(
        chunk.map(({ unit }) => unit),
        chunk[0]?.narrowing ?? {},
      );
    return { run: cancelled, withdrawnJobs };
  }

  private async withdrawScan({ scope }: Run): Promise<number> {
    const scan = scanOfScope(scope);
    if (scan === undefined) return 0;
    const { producer } = this.options;
    const { runs } = this.options.database;
    const key = scanKey(scan);
    if ((await runs.scans.claim(key)).length > 0) return 0;
    if ((await producer.waiting.withdraw('library.scan', scan)) !== 'withdrawn') return 0;
    // Somebody who asked in this moment merged with a job that is gone now.
    const [waiter] = await runs.scans.claim(key);
    if (waiter === undefined) return 1;
    mustBeTaken(await producer.enqueue('library.scan', scan, { priority: urgencyOf(waiter.trigger) }));
    return 0;
  }
}
