import { narrowingKeys, unitKey, type Narrowing, type Unit } from '@reelsync/core';
import type { Collection, Db } from 'mongodb';
import { BatchLoader } from '../batching/batch-loader';
import { databaseCall, databaseStream } from '../connection/to-database-error';
import { unitOf } from '../units/stored-unit';
import type { RunUnitOutcome } from './run';

interface OpenRow {
  readonly runId: string;
  readonly unit: string;
  readonly operations?: string;
  readonly episodes?: string;
  readonly requestedAt: Date;
}

type EndedRow = Unit & {
  readonly outcome: RunUnitOutcome;
  readonly code?: string;
  readonly message?: string;
  readonly finishedAt: Date;
};

/** How a planned unit ended, as its run knows it. */
export interface EndedUnit {
  readonly unit: Unit;
  readonly outcome: RunUnitOutcome;
  readonly code?: string;
  readonly message?: string;
  readonly finishedAt: Date;
}

/** What events need to know of the units of runs; `RunRepository` writes them. */
export class RunUnits {
  private readonly open: BatchLoader<string, readonly OpenRow[]>;

  constructor(private readonly state: Db) {
    this.open = new BatchLoader((units) => this.loadOpen(units));
  }

  /** The runs whose request for this unit a job that began at `startedAt` answers (the same rule as `finishUnit`). */
  async awaiting(unit: Unit, job: Narrowing & { readonly startedAt: Date }): Promise<string[]> {
    const { operations, episodes } = narrowingKeys(job);
    const rows = await this.open.load(unitKey(unit));
    return rows
      .filter((row) => row.requestedAt <= job.startedAt)
      .filter((row) => operations === undefined || row.operations === operations)
      .filter((row) => episodes === undefined || row.episodes === episodes)
      .map(({ runId }) => runId);
  }

  /** Every unit of the run that has ended. */
  async *ended(runId: string): AsyncIterable<EndedUnit> {
    const cursor = this.state
      .collection('runUnits')
      .find<EndedRow>({ runId, outcome: { $exists: true } }, { projection: { _id: 0 } });
    for await (const row of databaseStream({ collection: 'runUnits', operation: 'ended' }, cursor)) {
      const { outcome, code, message, finishedAt } = row;
      yield {
        unit: unitOf(row),
        outcome,
        finishedAt,
        ...(code === undefined ? {} : { code }),
        ...(message === undefined ? {} : { message }),
      };
    }
  }

  private async loadOpen(units: readonly string[]): Promise<readonly (readonly OpenRow[])[]> {
    const collection: Collection<OpenRow> = this.state.collection('runUnits');
    const rows = await databaseCall({ collection: 'runUnits', operation: 'awaiting' }, () =>
      collection
        .find(
          { unit: { $in: [...units] }, open: true },
          { projection: { _id: 0, runId: 1, unit: 1, operations: 1, episodes: 1, requestedAt: 1 } },
        )
        .toArray(),
    );
    const byUnit = new Map<string, OpenRow[]>();
    for (const row of rows) byUnit.set(row.unit, [...(byUnit.get(row.unit) ?? []), row]);
    return units.map((unit) => byUnit.get(unit) ?? []);
  }
}
