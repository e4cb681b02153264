import {
  narrowingOf,
  ReelsyncError,
  unitKey,
  type Narrowing,
  type Unit,
  type UnitKind,
} from '@reelsync/core';
import type { EnqueueOptions, EnqueueReceipt, UnitEnqueuer } from '@reelsync/domain';
import type { EnqueueResult, JobPayloads, JobProducer } from '@reelsync/queue';
import { UnitJobs } from './unit-jobs';
import { withUnitJobs } from './unit-payloads';

type Producer = Pick<JobProducer<JobPayloads>, 'enqueueMany' | 'waiting' | 'hasten'>;

/** Hands units to the queue of their kind. */
export class QueueUnitEnqueuer implements UnitEnqueuer {
  private readonly jobs: UnitJobs;

  constructor(private readonly producer: Producer) {
    this.jobs = new UnitJobs(producer);
  }

  /** One receipt per unit, in order. */
  async enqueue(units: readonly Unit[], options: EnqueueOptions): Promise<readonly EnqueueReceipt[]> {
    const kinds = [...new Set(units.map(({ kind }) => kind))];
    const receipts = new Map<string, EnqueueReceipt>();
    for (const kind of kinds) {
      const ofKind = units.filter((unit) => unit.kind === kind);
      const results = await this.enqueueKind(kind, ofKind, options);
      refuseOutage(results);
      for (const [index, unit] of ofKind.entries())
        receipts.set(unitKey(unit), receiptOf(unit, results[index]));
    }
    return units.map((unit) => receipts.get(unitKey(unit)) ?? receiptOf(unit, undefined));
  }

  withdraw(units: readonly Unit[], narrowing: Narrowing): Promise<number> {
    return this.jobs.withdraw(units, narrowing);
  }

  private enqueueKind(
    kind: UnitKind,
    units: readonly Unit[],
    { runIds: [runId], urgency, ...options }: EnqueueOptions,
  ): Promise<readonly EnqueueResult[]> {
    return withUnitJobs(kind, units, { runId, ...narrowingOf(options) }, (name, payloads) =>
      this.producer.enqueueMany(name, payloads, { priority: urgency }),
    );
  }
}

function receiptOf(unit: Unit, result: EnqueueResult | undefined): EnqueueReceipt {
  if (result === undefined)
    return { unit, status: 'rejected', code: 'UNEXPECTED', message: 'The queue gave no answer' };
  return result.status === 'rejected'
    ? { unit, status: 'rejected', code: result.code, message: result.message }
    : { unit, status: result.status };
}

/** An outage says nothing about the unit: it must not end as failed in the runs of others whose job is waiting already. */
function refuseOutage(results: readonly EnqueueResult[]): void {
  for (const result of results) {
    if (result.status === 'rejected' && result.code === 'QUEUE_UNAVAILABLE')
      throw new ReelsyncError(result.code, result.message);
  }
}
