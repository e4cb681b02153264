import {
  narrowingOf,
  toReelsyncError,
  unitKey,
  type Unit,
  type UnitOutcome,
  type UnitResult,
  type UnitWarning,
} from '@reelsync/core';
import type { RunRepository, RunUnits } from '@reelsync/database';
import type { ChildUnits, EnqueueOptions, EnqueueReceipt, UnitContext, UnitEnqueuer } from '@reelsync/domain';
import { setTimeout as delay } from 'node:timers/promises';

/** How one unit's job ended. */
export interface UnitEnd {
  readonly unit: Unit;
  readonly title: string;
  readonly outcome: UnitOutcome;
  readonly changedFields: readonly string[];
  readonly warnings: readonly UnitWarning[];
  readonly code?: string;
  readonly message?: string;
}

interface DirectUnitsOptions {
  readonly sync: (unit: Unit, context: UnitContext) => Promise<UnitResult>;
  readonly children: () => Pick<ChildUnits, 'release'>;
  readonly runs: Pick<RunRepository, 'finishUnit'>;
  readonly runUnits: Pick<RunUnits, 'awaiting'>;
  readonly now: () => Date;
}

/** How long a job that waits for its parent is put off here. */
const WAIT_MS = 20;

/** Stands in for the queue and its workers: every unit that is enqueued runs at once, all of them in parallel. */
export class DirectUnits implements UnitEnqueuer {
  /** Says which enqueued units get lost, as jobs do when Redis is wiped. */
  isLost: (unit: Unit) => boolean = () => false;
  /** Every unit that was enqueued, by key, in order. */
  readonly enqueued: string[] = [];
  private work: Promise<UnitEnd>[] = [];

  constructor(private readonly options: DirectUnitsOptions) {}

  enqueue(units: readonly Unit[], options: EnqueueOptions): Promise<readonly EnqueueReceipt[]> {
    for (const unit of units) {
      this.enqueued.push(unitKey(unit));
      if (!this.isLost(unit)) this.work.push(this.run(unit, options));
    }
    return Promise.resolve(units.map((unit) => ({ unit, status: 'created' })));
  }

  /** Everything has begun. */
  withdraw(): Promise<number> {
    return Promise.resolve(0);
  }

  /** Waits for everything that was enqueued since the last call, and for what followed from it. */
  async drain(): Promise<readonly UnitEnd[]> {
    const ends: UnitEnd[] = [];
    while (this.work.length > 0) ends.push(...(await Promise.all(this.work.splice(0))));
    return ends;
  }

  private async run(unit: Unit, options: EnqueueOptions): Promise<UnitEnd> {
    const runIds = await this.options.runUnits.awaiting(unit, narrowingOf(options));
    const end = await this.end(unit, options);
    const { outcome, code, message } = end;
    await this.options.children().release(unit, {
      runIds: options.runIds,
      urgency: options.urgency,
    });
    await this.options.runs.finishUnit({
      unit,
      runIds,
      outcome,
      finishedAt: this.options.now(),
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
    });
    return end;
  }

  private async end(unit: Unit, options: EnqueueOptions): Promise<UnitEnd> {
    const { title } = unit;
    const [runId] = options.runIds;
    for (;;) {
      try {
        const { outcome, changedFields, warnings } = await this.options.sync(unit, {
          signal: new AbortController().signal,
          ...(runId === undefined ? {} : { runId }),
          ...narrowingOf(options),
        });
        return { unit, title, outcome, changedFields, warnings };
      } catch (error) {
        const { code, message } = toReelsyncError(error);
        if (code !== 'PARENT_MISSING')
          return { unit, title, outcome: 'failed', changedFields: [], warnings: [], code, message };
        await delay(WAIT_MS);
      }
    }
  }
}
