import { ReelsyncError, type Unit } from '@reelsync/core';
import type { EnqueueOptions, EnqueueReceipt, UnitEnqueuer } from '@reelsync/domain';
import type { EnqueueResult, JobPayloads, JobProducer } from '@reelsync/queue';

/** Hands units to the queue of their kind. */
export class QueueUnitEnqueuer implements UnitEnqueuer {
  constructor(private readonly producer: Pick<JobProducer<JobPayloads>, 'enqueueMany'>) {}

  async enqueue(units: readonly Unit[], options: EnqueueOptions): Promise<readonly EnqueueReceipt[]> {
    const [runId] = options.runIds;
    const results = await this.producer.enqueueMany(
      'movie.sync',
      units.map(({ title }) => ({
        v: 1 as const,
        title,
        ...(runId === undefined ? {} : { runId }),
        ...(options.operations === undefined ? {} : { operations: [...options.operations] }),
      })),
      { priority: options.urgency },
    );
    refuseOutage(results);
    return units.map((unit, index) => {
      const result = results[index];
      if (result === undefined)
        return { unit, status: 'rejected', code: 'UNEXPECTED', message: 'The queue gave no answer' };
      return result.status === 'rejected'
        ? { unit, status: 'rejected', code: result.code, message: result.message }
        : { unit, status: result.status };
    });
  }
}

/** An outage says nothing about the unit: it must not end as failed in the runs of others whose job is waiting already. */
function refuseOutage(results: readonly EnqueueResult[]): void {
  for (const result of results) {
    if (result.status === 'rejected' && result.code === 'QUEUE_UNAVAILABLE')
      throw new ReelsyncError(result.code, result.message);
  }
}
