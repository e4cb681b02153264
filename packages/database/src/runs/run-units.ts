import { OPERATIONS, unitKey, type Operation, type Unit, type UnitKind } from '@reelsync/core';
import type { Collection, Db, Filter, UpdateFilter } from 'mongodb';
import { BulkWriter } from '../batching/bulk-writer';
import { chunksOf } from '../batching/chunks';
import { WriteCollector } from '../batching/write-collector';
import { databaseCall, databaseStream } from '../connection/to-database-error';
import type { ChildKind } from '../inventory/inventory-entry';
import { distinctUnits, UNIT_CURSOR, unitOf } from '../units/stored-unit';
import {
  RUN_UNIT_OUTCOMES,
  type LimitOptions,
  type OpenUnit,
  type RunCounts,
  type RunUnitOutcome,
  type UnitEnding,
  type UnitFailure,
} from './run';

interface RunUnitDocument {
  readonly _id: string;
  readonly runId: string;
  readonly unit: string;
  readonly kind: UnitKind;
  readonly title: string;
  readonly season?: number;
  /** Sorted and joined; absent when all of them were asked for. */
  readonly operations?: string;
  readonly requestedAt: Date;
  /** Exists exactly until the unit has ended. */
  readonly open?: true;
  readonly outcome?: RunUnitOutcome;
  readonly code?: string;
  readonly message?: string;
  readonly finishedAt?: Date;
}

type Ending = Pick<UnitEnding, 'finishedAt' | 'code' | 'message'> & { readonly outcome: RunUnitOutcome };

/** What became of each unit of each run. */
export class RunUnits {
  private readonly collection: Collection<RunUnitDocument>;
  private readonly writer: BulkWriter<RunUnitDocument>;
  private readonly endings: WriteCollector<RunUnitDocument>;

  constructor(state: Db) {
    this.collection = state.collection<RunUnitDocument>('runUnits');
    this.writer = new BulkWriter(this.collection);
    this.endings = new WriteCollector(this.writer);
  }

  async plan(
    runId: string,
    units: readonly Unit[],
    at: Date,
    operations: readonly Operation[] | undefined,
  ): Promise<void> {
    for (const chunk of chunksOf(units)) {
      await this.writer.writeAll(
        chunk.map((unit) => ({
          kind: 'upsert',
          filter: { _id: `${runId}/${unitKey(unit)}` },
          update: {
            $setOnInsert: {
              runId,
              unit: unitKey(unit),
              ...unitOf(unit),
              ...(operations === undefined ? {} : { operations: operationsKey(operations) }),
              requestedAt: at,
              open: true,
            },
          },
        })),
      );
    }
  }

  async finish({ unit, runId, operations, startedAt, ...ending }: UnitEnding): Promise<void> {
    const waiting = {
      unit: unitKey(unit),
      open: true as const,
      requestedAt: { $lte: startedAt },
      // A job for all operations answers every request; one for some of them only those for the same.
      ...(operations === undefined ? {} : { operations: operationsKey(operations) }),
    };
    if (runId === undefined || !isChange(ending.outcome)) {
      await this.close(waiting, ending);
      return;
    }
    await Promise.all([
      this.close({ ...waiting, _id: `${runId}/${waiting.unit}` }, ending),
      this.close({ ...waiting, runId: { $ne: runId } }, { ...ending, outcome: 'merged' }),
    ]);
  }

  /** Children of a show, or of one of its seasons, that some run still waits for. */
  async findOpenChildren(kind: ChildKind, title: string, season?: number): Promise<Unit[]> {
    const filter = { kind, title, open: true as const, ...(season === undefined ? {} : { season }) };
    const cursor = this.collection.find<Unit>(filter, UNIT_CURSOR);
    const children: Unit[] = [];
    const operation = { collection: 'runUnits', operation: 'findOpenChildren' };
    for await (const unit of distinctUnits(databaseStream(operation, cursor))) children.push(unit);
    return children;
  }

  /** Requests that are open and older than this, or all of one run. */
  streamOpen(
    filter: { readonly requestedBefore: Date } | { readonly runId: string },
  ): AsyncGenerator<OpenUnit> {
    const wanted =
      'runId' in filter ? { runId: filter.runId } : { requestedAt: { $lt: filter.requestedBefore } };
    return this.stream('streamOpen', { ...wanted, open: true });
  }

  streamSkipped(runId: string, code: string): AsyncGenerator<OpenUnit> {
    return this.stream('streamSkipped', { runId, outcome: 'skipped', code });
  }

  /** Those of the units that some run waits for. By unitKey. */
  async findOpen(units: readonly Unit[]): Promise<ReadonlySet<string>> {
    const open = new Set<string>();
    for (const chunk of chunksOf(units)) {
      const found = await this.call('findOpen', () =>
        this.collection
          .find({ unit: { $in: chunk.map(unitKey) }, open: true }, { projection: { unit: 1 } })
          .toArray(),
      );
      for (const { unit } of found) open.add(unit);
    }
    return open;
  }

  async hasOpen(runId: string): Promise<boolean> {
    const open = await this.call('hasOpen', () =>
      this.collection.findOne({ runId, open: true }, { projection: { _id: 1 } }),
    );
    return open !== null;
  }

  /** Returns how many there were. */
  async skipOpen(
    filter: { readonly runId: string } | { readonly requestedBefore: Date },
    reason: { readonly code: string; readonly message: string },
    at: Date,
  ): Promise<number> {
    const wanted: Filter<RunUnitDocument> = {
      open: true,
      ...('runId' in filter ? { runId: filter.runId } : { requestedAt: { $lt: filter.requestedBefore } }),
    };
    const count = await this.call('skipOpen', () => this.collection.countDocuments(wanted));
    if (count === 0) return 0;
    const update = toUpdate({ outcome: 'skipped', finishedAt: at, ...reason });
    await this.writer.writeAll([{ kind: 'apply', many: true, filter: wanted, update }]);
    return count;
  }

  async failures(runId: string, { limit }: LimitOptions): Promise<UnitFailure[]> {
    const units = await this.call('failures', () =>
      this.collection.find({ runId, outcome: 'failed' }, { sort: { title: 1 }, limit }).toArray(),
    );
    return units.map(({ kind, title, season, code = 'UNEXPECTED', message = '' }) => ({
      kind,
      title,
      ...(season === undefined ? {} : { season }),
      code,
      message,
    }));
  }

  async count(runId: string): Promise<RunCounts> {
    const groups = await this.call('count', () =>
      this.collection
        .aggregate<{ _id: RunUnitOutcome | 'open'; count: number }>([
          { $match: { runId } },
          { $group: { _id: { $ifNull: ['$outcome', 'open'] }, count: { $sum: 1 } } },
        ])
        .toArray(),
    );
    const counts = { planned: 0, created: 0, updated: 0, unchanged: 0, skipped: 0, failed: 0, merged: 0 };
    for (const { _id, count } of groups) {
      counts.planned += count;
      for (const outcome of RUN_UNIT_OUTCOMES) if (_id === outcome) counts[outcome] = count;
    }
    return counts;
  }

  private async close(filter: Filter<RunUnitDocument>, ending: Ending): Promise<void> {
    await this.endings.write({ kind: 'apply', many: true, filter, update: toUpdate(ending) });
  }

  private async *stream(operation: string, filter: Filter<RunUnitDocument>): AsyncGenerator<OpenUnit> {
    const cursor = this.collection.find<RunUnitDocument & Unit>(filter);
    for await (const document of databaseStream({ collection: 'runUnits', operation }, cursor))
      yield toOpenUnit(document);
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'runUnits', operation }, work);
  }
}

function isChange(outcome: RunUnitOutcome): boolean {
  return outcome === 'created' || outcome === 'updated';
}

function operationsKey(operations: readonly Operation[]): string {
  return [...new Set(operations)].sort().join('+');
}

function toOpenUnit({ runId, operations, ...document }: RunUnitDocument & Unit): OpenUnit {
  const named = operations?.split('+');
  return {
    unit: unitOf(document),
    runId,
    ...(named === undefined ? {} : { operations: OPERATIONS.filter((one) => named.includes(one)) }),
  };
}

function toUpdate({ outcome, finishedAt, code, message }: Ending): UpdateFilter<RunUnitDocument> {
  return {
    $set: {
      outcome,
      finishedAt,
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
    },
    $unset: { open: true },
  };
}
