import { narrowingOf, type Unit } from '@reelsync/core';
import type { RunRepository } from '@reelsync/database';
import { inChunks } from './in-chunks';
import type { EnqueueOptions, EnqueueReceipt, UnitEnqueuer } from './unit-enqueuer';

export interface PlanRequest extends EnqueueOptions {
  /** Which of the units may start; the others become part of the runs and start when their parents have ended. */
  readonly mayStart?: (units: readonly Unit[]) => Promise<readonly Unit[]>;
  /** Plan no further for runs that have ended, because they were cancelled, and nothing once all of them have. */
  readonly stopsWithRuns?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (planned: number) => void;
}

/**
 * Puts units on the queue as part of a run. A unit is written into the run before its job exists, so a run can never
 * miss the end of a job; a unit that the queue rejects ends as failed at once.
 */
export class UnitPlanner {
  constructor(
    private readonly runs: Pick<RunRepository, 'plan' | 'finishUnit' | 'findRunning'>,
    private readonly enqueuer: UnitEnqueuer,
    private readonly now: () => Date,
  ) {}

  /** Returns how many units were planned. */
  async plan(units: AsyncIterable<Unit> | Iterable<Unit>, request: PlanRequest): Promise<number> {
    let planned = 0;
    for await (const chunk of inChunks(units)) {
      const runIds = await this.wantedBy(request);
      if (request.runIds.length > 0 && runIds.length === 0) break;
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

  private async wantedBy({ runIds, stopsWithRuns = false }: PlanRequest): Promise<readonly string[]> {
    if (!stopsWithRuns) return runIds;
    const running = await this.runs.findRunning(runIds);
    return runIds.filter((runId) => running.has(runId));
  }

  private async planChunk(units: readonly Unit[], request: PlanRequest): Promise<number> {
    request.signal.throwIfAborted();
    for (const runId of request.runIds) await this.runs.plan(runId, units, this.now(), narrowingOf(request));
    const starting = (await request.mayStart?.(units)) ?? units;
    await this.start(starting, request);
    return units.length;
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
