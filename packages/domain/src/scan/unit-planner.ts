import { narrowingOf, unitKey, type Narrowing, type Unit } from '@reelsync/core';
import type { RunRepository } from '@reelsync/database';
import { inChunks } from './in-chunks';
import type { EnqueueOptions, EnqueueReceipt, UnitEnqueuer } from './unit-enqueuer';

export interface PlanRequest extends EnqueueOptions {
  /** Which of the units may start; the others become part of the runs and start when their parents have ended. */
  readonly mayStart?: (units: readonly Unit[]) => Promise<readonly Unit[]>;
  /**
   * Plan no further for runs that have ended, because they were cancelled, and nothing once all of them have. What was on
   * its way meanwhile is taken back.
   */
  readonly stopsWithRuns?: boolean;
  /** Jobs answer the requests only after `RunRepository.stopWaiting`. */
  readonly waits?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (planned: number) => void;
}

/**
 * Puts units on the queue as part of a run. A unit is written into the run before its job exists, so a run can never
 * miss the end of a job; a unit that the queue rejects ends as failed at once.
 */
export class UnitPlanner {
  constructor(
    private readonly runs: Pick<
      RunRepository,
      'plan' | 'finishUnit' | 'findRunning' | 'findOpen' | 'skipOpen'
    >,
    private readonly enqueuer: UnitEnqueuer,
    private readonly now: () => Date,
  ) {}

  /** Returns how many units were planned. */
  async plan(units: AsyncIterable<Unit> | Iterable<Unit>, request: PlanRequest): Promise<number> {
    let planned = 0;
    for await (const chunk of inChunks(units)) {
      const runIds = await this.stillWantedBy(request);
      if (runIds === undefined) break;
      planned += await this.planChunk(chunk, { ...request, runIds });
      request.onProgress?.(planned);
    }
    return planned;
  }

  /** Puts units on the queue that are part of their runs already. */
  async start(units: readonly Unit[], options: EnqueueOptions): Promise<void> {
    const receipts = units.length === 0 ? [] : await this.enqueuer.enqueue(units, options);
    await Promise.all(receipts.map((receipt) => this.closeRejected(receipt, options)));
  }

  /** Takes back the jobs of those units that nobody waits for, as far as they have not begun; answers with how many. */
  async withdraw(units: readonly Unit[], narrowing: Narrowing): Promise<number> {
    const wanted = await this.runs.findOpen(units);
    const unwanted = units.filter((unit) => !wanted.has(unitKey(unit)));
    const withdrawn = await this.enqueuer.withdraw(unwanted, narrowing);
    // Somebody who asked in this moment merged with a job that is gone now.
    const again = await this.runs.findOpen(unwanted);
    const asked = unwanted.filter((unit) => again.has(unitKey(unit)));
    await this.start(asked, { runIds: [], urgency: 'webhook', ...narrowing });
    return withdrawn;
  }

  /** Undefined: all of the runs that there were have ended. */
  private async stillWantedBy({
    runIds,
    stopsWithRuns = false,
  }: PlanRequest): Promise<readonly string[] | undefined> {
    if (!stopsWithRuns || runIds.length === 0) return runIds;
    const running = await this.runs.findRunning(runIds);
    return running.size === 0 ? undefined : runIds.filter((runId) => running.has(runId));
  }

  private async planChunk(units: readonly Unit[], request: PlanRequest): Promise<number> {
    request.signal.throwIfAborted();
    const options = { ...narrowingOf(request), waits: request.waits ?? false };
    for (const runId of request.runIds) await this.runs.plan(runId, units, this.now(), options);
    const runIds = await this.stillWantedBy(request);
    await this.closeLate(request.runIds.filter((runId) => runIds?.includes(runId) !== true));
    if (runIds !== undefined) await this.startChunk(units, { ...request, runIds });
    return units.length;
  }

  private async startChunk(units: readonly Unit[], request: PlanRequest): Promise<void> {
    const starting = (await request.mayStart?.(units)) ?? units;
    await this.start(starting, request);
    // Whoever cancelled the runs meanwhile may have looked for these jobs before they existed.
    if ((await this.stillWantedBy(request)) === undefined)
      await this.withdraw(starting, narrowingOf(request));
  }

  /** Runs that ended while units were added to them closed their units without those. */
  private async closeLate(runIds: readonly string[]): Promise<void> {
    for (const runId of runIds)
      await this.runs.skipOpen(runId, { code: 'RUN_CANCELLED', message: 'The run has ended' }, this.now());
  }

  private async closeRejected(receipt: EnqueueReceipt, { runIds }: EnqueueOptions): Promise<void> {
    if (receipt.status !== 'rejected') return;
    await this.runs.finishUnit({
      unit: receipt.unit,
      runIds,
      outcome: 'failed',
      code: receipt.code,
      message: receipt.message,
      finishedAt: this.now(),
    });
  }
}
