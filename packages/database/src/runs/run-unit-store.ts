import { narrowingKeys, OPERATIONS, unitKey, type Unit, type UnitKind } from '@reelsync/core';
import type { Collection, Db, Filter, UpdateFilter } from 'mongodb';
import { BulkWriter } from '../batching/bulk-writer';
import { chunksOf } from '../batching/chunks';
import { WriteCollector } from '../batching/write-collector';
import { databaseCall, databaseStream } from '../connection/to-database-error';
import { childrenOf, distinctChildren, UNIT_CURSOR, unitOf, type ChildUnit } from '../units/stored-unit';
import type {
  CountedUnit,
  LimitOptions,
  OpenUnit,
  OpenUnitOptions,
  PlanOptions,
  RequestFilter,
  RunUnitOutcome,
  UnitEnding,
  UnitFailure,
} from './run';
import { tallyUnits, type UnitGroup, type UnitTally } from './unit-tally';

interface RunUnitDocument {
  readonly _id: string;
  readonly runId: string;
  readonly unit: string;
  readonly kind: UnitKind;
  readonly title: string;
  readonly season?: number;
  /** See `narrowingKeys`; absent when all of them were asked for. */
  readonly operations?: string;
  readonly episodes?: string;
  readonly requestedAt: Date;
  /** Exists exactly until the unit has ended. */
  readonly open?: true;
  /** Exists until the listings that the run waits for have been read: no job that begins before answers the request. */
  readonly waits?: true;
  readonly outcome?: RunUnitOutcome;
  /** Absent when nothing was written. */
  readonly changedFields?: readonly string[];
  readonly code?: string;
  readonly message?: string;
  readonly finishedAt?: Date;
}

type EndedUnitDocument = Unit & Required<Pick<RunUnitDocument, 'outcome' | 'finishedAt'>> & RunUnitDocument;

type Ending = Pick<UnitEnding, 'finishedAt' | 'changedFields' | 'code' | 'message'> & {
  readonly outcome: RunUnitOutcome;
};

/** What became of each unit of each run; behind `RunRepository`. */
export class RunUnitStore {
  private readonly collection: Collection<RunUnitDocument>;
  private readonly writer: BulkWriter<RunUnitDocument>;
  private readonly endings: WriteCollector<RunUnitDocument>;

  constructor(state: Db) {
    this.collection = state.collection<RunUnitDocument>('runUnits');
    this.writer = new BulkWriter(this.collection);
    this.endings = new WriteCollector(this.writer);
  }

  async plan(runId: string, units: readonly Unit[], at: Date, options: PlanOptions): Promise<void> {
    const { waits = false, ...narrowing } = options;
    for (const chunk of chunksOf(units)) {
      await this.writer.writeAll(
        chunk.map((unit) => ({
          kind: 'upsert',
          filter: { _id: rowId(runId, unit) },
          update: {
            $setOnInsert: {
              runId,
              unit: unitKey(unit),
              ...unitOf(unit),
              ...narrowingKeys(narrowing),
              requestedAt: at,
              open: true,
              ...(waits ? { waits: true } : {}),
            },
          },
        })),
      );
    }
  }

  /** From now on jobs answer these requests. */
  async stopWaiting(filter: RequestFilter): Promise<void> {
    const waiting = { ...wantedBy(filter), waits: true as const };
    await this.writer.writeAll([
      { kind: 'apply', many: true, filter: waiting, update: { $unset: { waits: true } } },
    ]);
  }

  async finish({ unit, runIds, creditedRun, ...ending }: UnitEnding): Promise<void> {
    const isCredited = (runId: string) =>
      creditedRun === undefined || creditedRun === runId || !isChange(ending.outcome);
    const rows = (ids: readonly string[]) => ids.map((runId) => rowId(runId, unit));
    await Promise.all([
      this.close(rows(runIds.filter(isCredited)), ending),
      this.close(rows(runIds.filter((runId) => !isCredited(runId))), { ...ending, outcome: 'merged' }),
    ]);
  }

  /** Children of these shows that some run still waits for. */
  async findOpenChildren(titles: readonly string[]): Promise<ChildUnit[]> {
    const found: Unit[] = [];
    for (const chunk of chunksOf(titles)) {
      const cursor = this.collection.find<Unit>({ ...childrenOf(chunk), open: true }, UNIT_CURSOR);
      found.push(...(await this.call('findOpenChildren', () => cursor.toArray())));
    }
    return distinctChildren(found);
  }

  /** Requests that are open and older than this, or all of one run; without those that still wait for a listing. */
  streamOpen(filter: RequestFilter): AsyncGenerator<OpenUnit> {
    return this.stream('streamOpen', { ...wantedBy(filter), open: true, waits: { $exists: false } });
  }

  streamSkipped(runId: string, code: string): AsyncGenerator<OpenUnit> {
    return this.stream('streamSkipped', { runId, outcome: 'skipped', code });
  }

  /** Those of the units that some run waits for. By unitKey. */
  async findOpen(
    units: readonly Unit[],
    { whole = false, waits = false }: OpenUnitOptions,
  ): Promise<ReadonlySet<string>> {
    const open = new Set<string>();
    const narrowed = {
      ...(whole ? { operations: { $exists: false }, episodes: { $exists: false } } : {}),
      ...(waits ? { waits: true as const } : {}),
    };
    for (const chunk of chunksOf(units)) {
      const found = await this.call('findOpen', () =>
        this.collection
          .find({ unit: { $in: chunk.map(unitKey) }, open: true, ...narrowed }, { projection: { unit: 1 } })
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
    filter: RequestFilter,
    reason: { readonly code: string; readonly message: string },
    at: Date,
  ): Promise<number> {
    const wanted = { ...wantedBy(filter), open: true as const };
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

  async *streamEnded(runId: string): AsyncGenerator<CountedUnit> {
    const cursor = this.collection.find<EndedUnitDocument>({ runId, outcome: { $exists: true } });
    const operation = { collection: 'runUnits', operation: 'streamEnded' };
    for await (const document of databaseStream(operation, cursor)) {
      const { outcome, changedFields = [], code, message, finishedAt } = document;
      yield {
        unit: unitOf(document),
        outcome,
        changedFields,
        finishedAt,
        ...(code === undefined ? {} : { code }),
        ...(message === undefined ? {} : { message }),
      };
    }
  }

  /** One tally per run, in order. */
  async count(runIds: readonly string[]): Promise<UnitTally[]> {
    if (runIds.length === 0) return [];
    const groups = await this.call('count', () =>
      this.collection
        .aggregate<UnitGroup & { readonly _id: { readonly runId: string } }>([
          { $match: { runId: { $in: [...runIds] } } },
          {
            $group: {
              _id: { runId: '$runId', kind: '$kind', outcome: { $ifNull: ['$outcome', 'open'] } },
              count: { $sum: 1 },
            },
          },
        ])
        .toArray(),
    );
    return runIds.map((runId) => tallyUnits(groups.filter(({ _id }) => _id.runId === runId)));
  }

  private async close(rowIds: readonly string[], ending: Ending): Promise<void> {
    if (rowIds.length === 0) return;
    const filter = { _id: { $in: [...rowIds] }, open: true as const };
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

function wantedBy(filter: RequestFilter): Filter<RunUnitDocument> {
  return 'runId' in filter ? { runId: filter.runId } : { requestedAt: { $lt: filter.requestedBefore } };
}

/** A run has one row of a unit, however often it plans it. */
function rowId(runId: string, unit: Unit): string {
  return `${runId}/${unitKey(unit)}`;
}

function isChange(outcome: RunUnitOutcome): boolean {
  return outcome === 'created' || outcome === 'updated';
}

/** Reads back what `narrowingKeys` has written. */
function toOpenUnit({ runId, operations, episodes, ...document }: RunUnitDocument & Unit): OpenUnit {
  const named = operations?.split('+');
  return {
    unit: unitOf(document),
    runId,
    narrowing: {
      ...(named === undefined ? {} : { operations: OPERATIONS.filter((one) => named.includes(one)) }),
      ...(episodes === undefined ? {} : { episodes: episodes.split('+').map(Number) }),
    },
  };
}

function toUpdate({
  outcome,
  finishedAt,
  changedFields = [],
  code,
  message,
}: Ending): UpdateFilter<RunUnitDocument> {
  return {
    $set: {
      outcome,
      finishedAt,
      ...(changedFields.length === 0 ? {} : { changedFields }),
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
    },
    $unset: { open: true, waits: true },
  };
}
