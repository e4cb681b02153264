import { narrowingKeys, unitKey, type Narrowing, type Unit } from '@reelsync/core';
import type { Collection, Db } from 'mongodb';
import { BatchLoader } from '../batching/batch-loader';
import { databaseCall } from '../connection/to-database-error';

interface OpenRow {
  readonly runId: string;
  readonly unit: string;
  readonly operations?: string;
  readonly episodes?: string;
  readonly requestedAt: Date;
}

/** Whose requests a job answers; `RunRepository` ends them. */
export class RunUnits {
  private readonly open: BatchLoader<string, readonly OpenRow[]>;

  constructor(private readonly state: Db) {
    this.open = new BatchLoader((units) => this.loadOpen(units));
  }

  /**
   * The runs that wait for this unit now, and for no listing before, the one that has waited longest first. A job for the whole
   * unit answers every request; a narrowed one only those that are narrowed likewise.
   */
  async awaiting(unit: Unit, job: Narrowing = {}): Promise<string[]> {
    const { operations, episodes } = narrowingKeys(job);
    const rows = await this.open.load(unitKey(unit));
    return rows
      .filter((row) => operations === undefined || row.operations === operations)
      .filter((row) => episodes === undefined || row.episodes === episodes)
      .sort((a, b) => a.requestedAt.getTime() - b.requestedAt.getTime())
      .map(({ runId }) => runId);
  }

  private async loadOpen(units: readonly string[]): Promise<readonly (readonly OpenRow[])[]> {
    const collection: Collection<OpenRow> = this.state.collection('runUnits');
    const rows = await databaseCall({ collection: 'runUnits', operation: 'awaiting' }, () =>
      collection
        .find(
          { unit: { $in: [...units] }, open: true, waits: { $exists: false } },
          { projection: { _id: 0, runId: 1, unit: 1, operations: 1, episodes: 1, requestedAt: 1 } },
        )
        .toArray(),
    );
    const byUnit = new Map<string, OpenRow[]>();
    for (const row of rows) byUnit.set(row.unit, [...(byUnit.get(row.unit) ?? []), row]);
    return units.map((unit) => byUnit.get(unit) ?? []);
  }
}
