import { unitKey, type Operation, type Unit, type UnitKind } from '@reelsync/core';
import type { Collection, Db, Filter, UpdateFilter } from 'mongodb';
import { BatchLoader } from '../batching/batch-loader';
import { BulkWriter } from '../batching/bulk-writer';
import { chunksOf } from '../batching/chunks';
import { WriteCollector } from '../batching/write-collector';
import { databaseCall, databaseStream } from '../connection/to-database-error';
import { childrenOf, distinctChildren, UNIT_CURSOR, unitOf, type ChildUnit } from '../units/stored-unit';
import type { AppliedChange, ForcedOperations, Gate, GateClosing, GateFailure } from './gate';

type GateDocument = Omit<Gate, 'id' | 'applied'> & {
  readonly _id: string;
  readonly applied?: Readonly<Record<string, string>>;
};

/** A forced unit that failed for good waits like any other. */
const forcedDue = (now: Date, forcedUntil?: Date) => ({
  forceSince: { $exists: true, ...(forcedUntil === undefined ? {} : { $lte: forcedUntil }) },
  'failure.retryAt': { $not: { $gt: now } },
});
const retryDue = (now: Date) => ({ 'failure.retryAt': { $lte: now } });

/** What was last applied, per unit (CD-1 … CD-5). */
export class GateRepository {
  private readonly collection: Collection<GateDocument>;
  private readonly writer: BulkWriter<GateDocument>;
  private readonly collector: WriteCollector<GateDocument>;
  private readonly loader: BatchLoader<string, Gate | null>;

  constructor(state: Db) {
    this.collection = state.collection<GateDocument>('gates');
    this.writer = new BulkWriter(this.collection);
    this.collector = new WriteCollector(this.writer);
    this.loader = new BatchLoader(async (keys) => {
      const found = await this.findByKeys(keys);
      return keys.map((key) => found.get(key) ?? null);
    });
  }

  load(unit: Unit): Promise<Gate | null> {
    return this.loader.load(unitKey(unit));
  }

  /** By unitKey; units without a gate are left out. */
  async loadMany(units: readonly Unit[]): Promise<ReadonlyMap<string, Gate>> {
    const gates = new Map<string, Gate>();
    for (const chunk of chunksOf(units)) {
      for (const [key, gate] of await this.findByKeys(chunk.map(unitKey))) gates.set(key, gate);
    }
    return gates;
  }

  /** Closes the gate: everything that it covers has been written (CD-2). */
  async save(unit: Unit, { fingerprint, applied, at, clearForce }: GateClosing): Promise<void> {
    const closing = this.upsert(unit, {
      $set: { fingerprint, applied, appliedAt: at },
      $unset: { failure: true },
    });
    const clearing =
      clearForce === undefined
        ? undefined
        : this.collector.write({
            kind: 'apply',
            filter: { _id: unitKey(unit), forceSince: clearForce },
            update: { $unset: { forceSince: true } },
          });
    await Promise.all([closing, clearing]);
  }

  /** Remembers which files were applied although the unit failed; the gate stays open. */
  async saveApplied(unit: Unit, applied: Readonly<Record<string, string>>): Promise<void> {
    await this.upsert(unit, { $set: { applied } });
  }

  /** Changes what is remembered of these files alone; the gate stays as it is. */
  async changeApplied(unit: Unit, { set, forgotten }: AppliedChange): Promise<void> {
    const versions = Object.entries(set).map(([name, version]) => [`applied.${name}`, version] as const);
    const names = forgotten.map((name) => [`applied.${name}`, true] as const);
    await this.upsert(unit, {
      ...(versions.length === 0 ? {} : { $set: Object.fromEntries(versions) }),
      ...(names.length === 0 ? {} : { $unset: Object.fromEntries(names) }),
    });
  }

  async recordFailure(
    unit: Unit,
    { code, message, at, retryAt }: Omit<GateFailure, 'attempts'>,
  ): Promise<void> {
    const facts = { 'failure.code': code, 'failure.message': message, 'failure.at': at };
    await this.upsert(unit, {
      $inc: { 'failure.attempts': 1 },
      ...(retryAt === undefined
        ? { $set: facts, $unset: { 'failure.retryAt': true } }
        : { $set: { ...facts, 'failure.retryAt': retryAt } }),
    });
  }

  /** The next job compares everything with the catalogue; files that were applied are not read again. */
  async reopen(units: readonly Unit[]): Promise<void> {
    for (const chunk of chunksOf(units)) {
      const filter = { _id: { $in: chunk.map(unitKey) }, fingerprint: { $exists: true } };
      await this.writer.writeAll([
        { kind: 'apply', many: true, filter, update: { $unset: { fingerprint: true } } },
      ]);
    }
  }

  /** Of everything, or of some operations alone. */
  async requestForce(units: readonly Unit[], at: Date, operations?: readonly Operation[]): Promise<void> {
    const marks =
      operations === undefined
        ? { forceSince: at }
        : Object.fromEntries(operations.map((operation) => [`forcedOperations.${operation}`, at]));
    for (const chunk of chunksOf(units)) {
      await this.writer.writeAll(
        chunk.map((unit) => ({
          kind: 'upsert',
          filter: { _id: unitKey(unit) },
          update: { $max: marks, $setOnInsert: unitOf(unit) },
        })),
      );
    }
  }

  /** These force requests have been answered; later ones stay. */
  async clearForced(unit: Unit, answered: ForcedOperations): Promise<void> {
    const marks = Object.entries(answered).map(
      ([operation, at]) => [`forcedOperations.${operation}`, at] as const,
    );
    await Promise.all(
      marks.map(([mark, at]) =>
        this.collector.write({
          kind: 'apply',
          filter: { _id: unitKey(unit), [mark]: at },
          update: { $unset: { [mark]: true } },
        }),
      ),
    );
  }

  /**
   * Units that are forced (up to `forcedUntil`), then those whose waiting time after a failure is over; each by title, then
   * by season, each unit once.
   */
  async *streamDue(kind: UnitKind, now: Date, forcedUntil?: Date): AsyncGenerator<Unit> {
    const isForced = forcedUntil === undefined ? { $exists: true } : { $lte: forcedUntil };
    // Two queries, because each then has a partial index that holds little else than its answer.
    for (const due of [forcedDue(now, forcedUntil), { ...retryDue(now), forceSince: { $not: isForced } }]) {
      const cursor = this.collection.find<Unit>({ kind, ...due }, UNIT_CURSOR);
      yield* databaseStream({ collection: 'gates', operation: 'streamDue' }, cursor);
    }
  }

  /** As `streamDue`, of these shows: what finished parents have to enqueue. */
  async findDueChildren(titles: readonly string[], now: Date): Promise<ChildUnit[]> {
    // Two queries, because each then has a partial index that holds little else than its answer.
    const found = await Promise.all(
      [...chunksOf(titles)].flatMap((chunk) =>
        [forcedDue(now), retryDue(now)].map((due) => this.findUnits({ ...childrenOf(chunk), ...due })),
      ),
    );
    return distinctChildren(found.flat());
  }

  private async upsert(unit: Unit, update: UpdateFilter<GateDocument>): Promise<void> {
    await this.collector.write({
      kind: 'upsert',
      filter: { _id: unitKey(unit) },
      update: { ...update, $setOnInsert: unitOf(unit) },
    });
  }

  private findUnits(filter: Filter<GateDocument>): Promise<Unit[]> {
    return databaseCall({ collection: 'gates', operation: 'findDueChildren' }, () =>
      this.collection.find<Unit>(filter, UNIT_CURSOR).toArray(),
    );
  }

  private findByKeys(keys: readonly string[]): Promise<Map<string, Gate>> {
    return databaseCall({ collection: 'gates', operation: 'load' }, async () => {
      const documents = await this.collection.find({ _id: { $in: [...keys] } }).toArray();
      return new Map(documents.map(({ _id, applied = {}, ...gate }) => [_id, { ...gate, id: _id, applied }]));
    });
  }
}
