import { canonicalHash, ReelsyncError, unitKey, type Unit, type UnitKind } from '@reelsync/core';
import type { Collection, Db, Filter, UpdateFilter } from 'mongodb';
import { BatchLoader } from '../batching/batch-loader';
import { BulkWriter, type WriteOperation } from '../batching/bulk-writer';
import { CHUNK_SIZE, chunksOf } from '../batching/chunks';
import { WriteCollector } from '../batching/write-collector';
import { databaseCall, databaseStream } from '../connection/to-database-error';
import {
  childrenOf,
  distinctChildren,
  distinctUnits,
  UNIT_CURSOR,
  UNIT_PROJECTION,
  unitOf,
  type ChildUnit,
} from '../units/stored-unit';
import type {
  InventoryChange,
  InventoryCount,
  InventoryDigest,
  InventoryEntry,
  InventoryRevision,
  PresentCount,
  RefusedChange,
  TitleState,
  UnitFilter,
} from './inventory-entry';

/** As stored; `record` has the shape of its kind. */
type InventoryDocument = Omit<InventoryEntry<unknown>, 'id' | 'unit'> & {
  readonly _id: string;
  /** What `load` asks for; the members beside it are for the other indexes. */
  readonly unit: string;
  readonly kind: UnitKind;
  readonly title: string;
  readonly season?: number;
  /** Fencing token of the scan that wrote the record last. */
  readonly fence?: number;
};

/** A document as read: it always holds the members of a whole unit. */
type StoredEntry = InventoryDocument & Unit;

/** Our copy of what every server holds (design decision 2). Units stream by title (code points), then by season. */
export class InventoryRepository {
  private readonly collection: Collection<InventoryDocument>;
  private readonly writer: BulkWriter<InventoryDocument>;
  private readonly collector: WriteCollector<InventoryDocument>;
  private readonly loader: BatchLoader<string, readonly StoredEntry[]>;
  private readonly revisionLoader: BatchLoader<string, readonly InventoryRevision[]>;

  constructor(state: Db) {
    this.collection = state.collection<InventoryDocument>('inventory');
    this.writer = new BulkWriter(this.collection);
    this.collector = new WriteCollector(this.writer);
    this.loader = new BatchLoader((keys) => this.loadMany(keys));
    this.revisionLoader = new BatchLoader((keys) => this.loadManyRevisions(keys));
  }

  /** By unitKey; units that this server never held are left out. */
  async findDigests(serverId: string, units: readonly Unit[]): Promise<ReadonlyMap<string, InventoryDigest>> {
    const digests = new Map<string, InventoryDigest>();
    for (const chunk of chunksOf(units)) {
      const filter = { _id: { $in: chunk.map((unit) => entryId(serverId, unit)) } };
      const projection = { unit: 1, digest: 1, serverHash: 1, contentHash: 1, missingSince: 1 };
      const found = await this.call('findDigests', () =>
        this.collection.find(filter, { projection }).toArray(),
      );
      for (const { unit, digest, serverHash, contentHash, missingSince } of found) {
        digests.set(unit, {
          digest,
          missing: missingSince !== undefined,
          ...(serverHash === undefined ? {} : { serverHash }),
          ...(contentHash === undefined ? {} : { contentHash }),
        });
      }
    }
    return digests;
  }

  /**
   * Stores new revisions and marks each as pending in the same write: no change is lost whatever crashes afterwards.
   * With the fencing token of a scan, throws LEASE_LOST when a newer scan has written one of the records since (OR-1).
   * Returns the records that cannot be stored as they are; all others are.
   */
  async applyChanges(
    serverId: string,
    changes: readonly InventoryChange[],
    at: Date,
    fence?: number,
  ): Promise<readonly RefusedChange[]> {
    const refused: RefusedChange[] = [];
    for (const chunk of chunksOf(changes)) {
      const answers = await this.writer.write(chunk.map((change) => toUpsert(serverId, change, at, fence)));
      for (const [position, { unit }] of chunk.entries()) {
        const error = answers[position];
        if (error instanceof ReelsyncError && error.code === 'DOCUMENT_INVALID')
          refused.push({ unit, error });
      }
      const failure = answers.find(
        (answer) => answer instanceof ReelsyncError && answer.code !== 'DOCUMENT_INVALID',
      );
      if (!(failure instanceof ReelsyncError)) continue;
      if (failure.code === 'DATABASE_CONFLICT')
        throw new ReelsyncError('LEASE_LOST', `A newer scan of '${serverId}' has written`, {
          cause: failure,
        });
      throw failure;
    }
    return refused;
  }

  /** How many units `streamPresent` gives, and how many of them are titles. */
  async countPresent(serverId: string, kinds: readonly UnitKind[]): Promise<PresentCount> {
    const groups = await this.call('countPresent', () =>
      this.collection
        .aggregate<{ readonly _id: UnitKind; readonly count: number }>([
          { $match: { kind: { $in: [...kinds] }, serverId, missingSince: { $exists: false } } },
          { $group: { _id: '$kind', count: { $sum: 1 } } },
        ])
        .toArray(),
    );
    const sumOf = (wanted: readonly UnitKind[]): number =>
      groups.reduce((sum, { _id, count }) => (wanted.includes(_id) ? sum + count : sum), 0);
    return { titles: sumOf(['movie', 'show']), records: sumOf(kinds) };
  }

  /** Units that the server's last complete listing named, in no particular order. */
  streamPresent(serverId: string, kinds: readonly UnitKind[]): AsyncGenerator<Unit> {
    const filter = { kind: { $in: [...kinds] }, serverId, missingSince: { $exists: false } };
    const cursor = this.collection.find<Unit>(filter, {
      projection: UNIT_PROJECTION,
      batchSize: CHUNK_SIZE,
    });
    return databaseStream({ collection: 'inventory', operation: 'streamPresent' }, cursor);
  }

  /** A complete listing no longer names these units: a change like any other. */
  async markMissing(serverId: string, units: readonly Unit[], at: Date, fence: number): Promise<void> {
    for (const chunk of chunksOf(units)) {
      const ids = chunk.map((unit) => entryId(serverId, unit));
      const filter = { _id: { $in: ids }, missingSince: { $exists: false }, fence: notAbove(fence) };
      await this.touch(filter, at, { missingSince: at, changedAt: at, fence });
    }
  }

  /** Every record is to be compared again, for instance because the set of servers changed (AV-5). */
  async markAllPending(kinds: readonly UnitKind[], at: Date): Promise<void> {
    await this.touch({ kind: { $in: [...kinds] } }, at);
  }

  /** The show changed in a way that its seasons and episodes depend on. */
  async markChildrenPending(title: string, at: Date): Promise<void> {
    await this.touch({ kind: { $in: ['season', 'episodes'] }, title }, at);
  }

  /** The season changed in a way that its episodes depend on. */
  async markEpisodesPending(title: string, season: number, at: Date): Promise<void> {
    await this.touch({ unit: unitKey({ kind: 'episodes', title, season }) }, at);
  }

  /** What all servers hold or held of a unit. The caller says which record shape the kind has. */
  async load<R>(unit: Unit): Promise<InventoryEntry<R>[]> {
    const documents = await this.loader.load(unitKey(unit));
    return documents.map((document) => toEntry<R>(document));
  }

  /** As `load`, without what the records say. */
  loadRevisions(unit: Unit): Promise<readonly InventoryRevision[]> {
    return this.revisionLoader.load(unitKey(unit));
  }

  /** Only for the revision that was applied: a change that came in meanwhile stays pending. */
  async clearPending(entries: readonly { readonly id: string; readonly revision: number }[]): Promise<void> {
    await Promise.all(
      entries.map(({ id, revision }) =>
        this.collector.write({
          kind: 'apply',
          filter: { _id: id, revision },
          update: { $unset: { pendingSince: true } },
        }),
      ),
    );
  }

  /** With `until`, only those that have been pending since then. */
  streamPending(kind: UnitKind, until?: Date): AsyncGenerator<Unit> {
    const pendingSince = { $exists: true, ...(until === undefined ? {} : { $lte: until }) };
    return this.streamDistinct('streamPending', { kind, pendingSince });
  }

  /** Units of which at least one record fits, by title, then by season. */
  async *streamUnits(kind: UnitKind, { serverIds, missing, after }: UnitFilter = {}): AsyncGenerator<Unit> {
    const units = this.streamDistinct('streamUnits', {
      kind,
      ...(serverIds === undefined ? {} : { serverId: { $in: [...serverIds] } }),
      ...(missing === undefined ? {} : { missingSince: { $exists: missing } }),
      ...(after === undefined ? {} : { title: { $gte: after.title } }),
    });
    for await (const unit of units) if (after === undefined || isAfter(unit, after)) yield unit;
  }

  /** Of these shows: what finished parents have to enqueue. */
  async findPendingChildren(titles: readonly string[]): Promise<ChildUnit[]> {
    const found: Unit[] = [];
    for (const chunk of chunksOf(titles)) {
      const filter = { ...childrenOf(chunk), pendingSince: { $exists: true } };
      const cursor = this.collection.find<Unit>(filter, UNIT_CURSOR);
      found.push(...(await this.call('findPendingChildren', () => cursor.toArray())));
    }
    return distinctChildren(found);
  }

  /** Of a movie, or of a show with its seasons and episodes. */
  async titleState(kind: 'movie' | 'show', title: string, serverIds: readonly string[]): Promise<TitleState> {
    const kinds: UnitKind[] = kind === 'movie' ? ['movie'] : ['show', 'season', 'episodes'];
    const records = await this.call('titleState', () =>
      this.collection
        .find(
          { kind: { $in: kinds }, title, serverId: { $in: [...serverIds] } },
          { projection: { digest: 1, missingSince: 1, changedAt: 1 }, sort: { _id: 1 } },
        )
        .toArray(),
    );
    const facts = records.map(({ _id, digest, missingSince }) => [_id, digest, missingSince !== undefined]);
    const changedAt = Math.max(...records.map((record) => record.changedAt.getTime()));
    return {
      fingerprint: canonicalHash(facts),
      ...(records.length === 0 ? {} : { changedAt: new Date(changedAt) }),
    };
  }

  /** Those of the titles that any server holds or held. */
  async findKnown(kind: UnitKind, titles: readonly string[]): Promise<ReadonlySet<string>> {
    const known = new Set<string>();
    for (const chunk of chunksOf(titles)) {
      const cursor = this.collection.find(
        { kind, title: { $in: chunk } },
        { projection: { _id: 0, title: 1 } },
      );
      for (const { title } of await this.call('findKnown', () => cursor.toArray())) known.add(title);
    }
    return known;
  }

  /** Units of which any server holds or held a record: as many as `streamUnits` gives. */
  async countUnits(kind: UnitKind): Promise<number> {
    const [found] = await this.call('countUnits', () =>
      this.collection
        .aggregate<{ readonly units: number }>([
          { $match: { kind } },
          { $group: { _id: '$unit' } },
          { $group: { _id: null, units: { $sum: 1 } } },
        ])
        .toArray(),
    );
    return found?.units ?? 0;
  }

  countByServer(kind: UnitKind = 'movie'): Promise<InventoryCount[]> {
    const has = (field: string) => ({ $ne: [{ $type: field }, 'missing'] });
    const countIf = (condition: object) => ({ $sum: { $cond: [condition, 1, 0] } });
    return this.call('countByServer', () =>
      this.collection
        .aggregate<InventoryCount>([
          { $match: { kind } },
          {
            $group: {
              _id: '$serverId',
              present: countIf({ $not: [has('$missingSince')] }),
              missing: countIf(has('$missingSince')),
              pending: countIf(has('$pendingSince')),
            },
          },
          { $sort: { _id: 1 } },
          { $project: { _id: 0, serverId: '$_id', present: 1, missing: 1, pending: 1 } },
        ])
        .toArray(),
    );
  }

  /** Marks as pending, with a new revision: a job that still works under the old circumstances cannot clear the mark. */
  private async touch(
    filter: Filter<InventoryDocument>,
    at: Date,
    facts: Partial<InventoryDocument> = {},
  ): Promise<void> {
    const update: UpdateFilter<InventoryDocument> = {
      ...(Object.keys(facts).length === 0 ? {} : { $set: facts }),
      $inc: { revision: 1 },
      $min: { pendingSince: at },
    };
    await this.writer.writeAll([{ kind: 'apply', many: true, filter, update }]);
  }

  private loadMany(keys: readonly string[]): Promise<readonly (readonly StoredEntry[])[]> {
    return this.call('load', async () => {
      const byUnit = new Map<string, StoredEntry[]>(keys.map((key) => [key, []]));
      const cursor = this.collection.find<StoredEntry>({ unit: { $in: [...keys] } }, { sort: { _id: 1 } });
      for await (const document of cursor) byUnit.get(document.unit)?.push(document);
      return keys.map((key) => byUnit.get(key) ?? []);
    });
  }

  private loadManyRevisions(keys: readonly string[]): Promise<readonly (readonly InventoryRevision[])[]> {
    return this.call('loadRevisions', async () => {
      const byUnit = new Map<string, InventoryRevision[]>(keys.map((key) => [key, []]));
      const projection = { unit: 1, revision: 1 };
      const cursor = this.collection.find({ unit: { $in: [...keys] } }, { projection, sort: { _id: 1 } });
      for await (const { _id: id, unit, revision } of cursor) byUnit.get(unit)?.push({ id, revision });
      return keys.map((key) => byUnit.get(key) ?? []);
    });
  }

  private streamDistinct(operation: string, filter: Filter<InventoryDocument>): AsyncGenerator<Unit> {
    const cursor = this.collection.find<Unit>(filter, UNIT_CURSOR);
    return distinctUnits(databaseStream({ collection: 'inventory', operation }, cursor));
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'inventory', operation }, work);
  }
}

/** Of one title only the season decides; what the filter let pass begins with that title. */
function isAfter(unit: Unit, after: Unit): boolean {
  if (unit.title !== after.title) return true;
  return 'season' in unit && 'season' in after && unit.season > after.season;
}

/** Server ids hold no slash; the key of a unit may. */
function entryId(serverId: string, unit: Unit): string {
  return `${serverId}/${unitKey(unit)}`;
}

function toUpsert(
  serverId: string,
  { unit, digest, record, ...hashes }: InventoryChange,
  at: Date,
  fence: number | undefined,
): WriteOperation<InventoryDocument> {
  const { serverHash, contentHash } = hashes;
  const update: UpdateFilter<InventoryDocument> = {
    $set: {
      digest,
      record,
      changedAt: at,
      ...(fence === undefined ? {} : { fence }),
      ...(serverHash === undefined ? {} : { serverHash }),
      ...(contentHash === undefined ? {} : { contentHash }),
    },
    // A hash may stand only beside the data that it describes (contract §5.4).
    $unset: {
      missingSince: true,
      ...(serverHash === undefined ? { serverHash: true } : {}),
      ...(contentHash === undefined ? { contentHash: true } : {}),
    },
    $inc: { revision: 1 },
    // The oldest change that is still pending tells how far behind we are.
    $min: { pendingSince: at },
    $setOnInsert: { ...unitOf(unit), unit: unitKey(unit), serverId, firstSeenAt: at },
  };
  return {
    kind: 'upsert',
    filter: { _id: entryId(serverId, unit), ...(fence === undefined ? {} : { fence: notAbove(fence) }) },
    update,
  };
}

/** A record that a newer scan wrote does not fit; the upsert then fails on its id. */
function notAbove(fence: number): { readonly $not: { readonly $gt: number } } {
  return { $not: { $gt: fence } };
}

function toEntry<R>(document: StoredEntry): InventoryEntry<R> {
  const { _id, serverId, digest, record, revision, firstSeenAt, changedAt } = document;
  const { serverHash, contentHash, missingSince, pendingSince } = document;
  return {
    id: _id,
    serverId,
    unit: unitOf(document),
    digest,
    record: record as R,
    revision,
    firstSeenAt,
    changedAt,
    ...(serverHash === undefined ? {} : { serverHash }),
    ...(contentHash === undefined ? {} : { contentHash }),
    ...(missingSince === undefined ? {} : { missingSince }),
    ...(pendingSince === undefined ? {} : { pendingSince }),
  };
}
