import { toReelsyncError, type Unit, type UnitOutcome } from '@reelsync/core';
import type { RunRepository } from '@reelsync/database';
import type { EnqueueOptions, EnqueueReceipt, MovieSyncService, UnitEnqueuer } from '@reelsync/domain';

/** How one unit's job ended. */
export interface UnitEnd {
  readonly title: string;
  readonly outcome: UnitOutcome;
  readonly changedFields: readonly string[];
  readonly code?: string;
  readonly message?: string;
}

interface DirectUnitsOptions {
  readonly service: () => Pick<MovieSyncService, 'syncMovie'>;
  readonly runs: Pick<RunRepository, 'finishUnit'>;
  readonly now: () => Date;
}

/** Stands in for the queue and its workers: every unit that is enqueued runs at once, all of them in parallel. */
export class DirectUnits implements UnitEnqueuer {
  /** Says which enqueued units get lost, as jobs do when Redis is wiped. */
  isLost: (unit: Unit) => boolean = () => false;
  private work: Promise<UnitEnd>[] = [];

  constructor(private readonly options: DirectUnitsOptions) {}

  enqueue(units: readonly Unit[], options: EnqueueOptions): Promise<readonly EnqueueReceipt[]> {
    for (const unit of units) if (!this.isLost(unit)) this.work.push(this.run(unit, options));
    return Promise.resolve(units.map((unit) => ({ unit, status: 'created' })));
  }

  /** Waits for everything that was enqueued since the last call. */
  async drain(): Promise<readonly UnitEnd[]> {
    return Promise.all(this.work.splice(0));
  }

  private async run(unit: Unit, options: EnqueueOptions): Promise<UnitEnd> {
    const startedAt = this.options.now();
    const end = await this.end(unit, options);
    const { outcome, code, message } = end;
    await this.options.runs.finishUnit({
      unit,
      outcome,
      startedAt,
      finishedAt: this.options.now(),
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
    });
    return end;
  }

  private async end({ title }: Unit, { runIds, operations }: EnqueueOptions): Promise<UnitEnd> {
    const [runId] = runIds;
    try {
      const { outcome, changedFields } = await this.options.service().syncMovie(title, {
        signal: new AbortController().signal,
        ...(runId === undefined ? {} : { runId }),
        ...(operations === undefined ? {} : { operations }),
      });
      return { title, outcome, changedFields };
    } catch (error) {
      const { code, message } = toReelsyncError(error);
      return { title, outcome: 'failed', changedFields: [], code, message };
    }
  }
}
