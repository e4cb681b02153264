import { ReelsyncError, type ErrorContext } from '@reelsync/core';
import type { Collection, Db, Filter, ObjectId } from 'mongodb';
import { allSettled } from '../batching/all-settled';
import { BatchLoader } from '../batching/batch-loader';
import { CHUNK_SIZE, chunksOf } from '../batching/chunks';
import { databaseCall, databaseStream } from '../connection/to-database-error';
import { CATALOGUE_INDEXES } from '../indexes/catalogue-indexes';
import { ensureIndexes, type EnsureIndexesOptions } from '../indexes/ensure-indexes';
import { deleteUnprotected } from './delete-unprotected';
import { keyText, withAnyKey, type DocumentKey } from './document-key';
import { bookkeeping, DocumentWriter } from './document-writer';
import { anyOf, withoutField } from './field-queries';
import type {
  BulkUpdateResult,
  BulkUpsertItem,
  CatalogueDocument,
  CatalogueFields,
  CatalogueStats,
  DeleteResult,
  DocumentName,
  Fields,
  FindOptions,
  Stored,
  UpsertOptions,
  UpsertResult,
  WriteStamp,
} from './stored-document';

export interface RepositoryOptions {
  readonly now?: () => Date;
}

export interface BaseRepositoryOptions<K> extends RepositoryOptions {
  readonly collectionName: string;
  /** Field that names the server of a document's main content. */
  readonly serverField: string;
  readonly key: DocumentKey<K>;
  /** Computes fields that follow from others, in the same write (DM-6); `current` is null when a document is created. */
  readonly derive?: (wanted: Fields, current: Fields | null) => Fields;
  /** The id that a document without one gets; null for a new one. Asked only for what is about to be created. */
  readonly idOf?: (key: K) => Promise<ObjectId | null>;
}

const NAME_PROJECTION = {
  title: 1,
  originalTitle: 1,
  showId: 1,
  seasonNumber: 1,
  episodeNumber: 1,
  lastSynced: 1,
};

const MAX_MERGE_ATTEMPTS = 5;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * One catalogue collection (sync-semantics §6.1). Every method is keyed by what is unique in it (RP-1, DM-1): a folder
 * name, or ids and numbers; never by display titles. All failures are ReelsyncErrors.
 */
export abstract class BaseRepository<T extends CatalogueDocument, K> {
  protected readonly collection: Collection<CatalogueFields>;
  private readonly db: Db;
  private readonly writer: DocumentWriter<T>;
  private readonly loader: BatchLoader<K, Stored<T> | null>;
  private readonly options: BaseRepositoryOptions<K>;
  private readonly now: () => Date;

  constructor(db: Db, options: BaseRepositoryOptions<K>) {
    this.db = db;
    this.options = options;
    this.now = options.now ?? (() => new Date());
    this.collection = db.collection<CatalogueFields>(options.collectionName);
    this.writer = new DocumentWriter(this.collection);
    this.loader = new BatchLoader((keys) => this.loadMany(keys));
  }

  /** The document as it is now; lookups at the same time share one query. */
  load(key: K): Promise<Stored<T> | null> {
    return this.loader.load(key);
  }

  /** Inserts; a document with this key is DATABASE_CONFLICT. */
  async save(entity: Fields | T, stamp: Partial<WriteStamp> = {}): Promise<ObjectId> {
    const key = this.keyOf(entity);
    const moment = this.stamp(stamp);
    const id = await this.idOf(key);
    const { insertedId } = await this.call('save', this.about(key), () =>
      this.collection.insertOne({
        ...(id === null ? {} : { _id: id }),
        ...this.prepare(entity, null),
        createdAt: moment.now,
        ...bookkeeping(moment),
      }),
    );
    return insertedId;
  }

  /** Changes the given fields, around locks; a key without a document is TITLE_UNKNOWN. */
  async update(key: K, fields: Fields | Partial<T>, stamp: Partial<WriteStamp> = {}): Promise<UpsertResult> {
    for (let attempt = 1; attempt <= MAX_MERGE_ATTEMPTS; attempt += 1) {
      const current = await this.load(key);
      if (current === null) break;
      const wanted = this.prepare({ ...fields, ...this.options.key.toFields(key) }, current);
      const result = await this.writer.change(current, wanted, [], this.stamp(stamp));
      if (result.outcome !== 'raced') return result;
    }
    throw new ReelsyncError('TITLE_UNKNOWN', `${this.options.collectionName} has no '${this.textOf(key)}'`, {
      context: this.about(key),
    });
  }

  /** Makes the document what the entity says, around locks: fields that the entity lacks are removed. */
  async upsert(entity: Fields | T, stamp: Partial<WriteStamp> = {}): Promise<UpsertResult> {
    const existing = await this.load(this.keyOf(entity));
    const wanted = this.prepare(entity, null);
    const unset = Object.keys(existing ?? {}).filter((field) => wanted[field] === undefined);
    return this.smartUpsert(wanted, existing, { ...this.stamp(stamp), unset });
  }

  /**
   * Brings the document to the wanted values with the least write: none when nothing differs, never against a lock. If it
   * appeared or vanished since `existing` was read, it is read again and merged, never overwritten or dropped (RP-2).
   */
  async smartUpsert(
    entity: Fields | Partial<T>,
    existing: Stored<T> | null,
    { unset = [], ...stamp }: UpsertOptions,
  ): Promise<UpsertResult> {
    const key = this.keyOf(entity);
    let current = existing;
    let cause: ReelsyncError | undefined;
    for (let attempt = 1; attempt <= MAX_MERGE_ATTEMPTS; attempt += 1) {
      const wanted = this.prepare(entity, current);
      const result =
        current === null
          ? await this.writer.create(this.options.key.toFields(key), wanted, stamp, await this.idOf(key))
          : await this.writer.change(current, wanted, unset, stamp);
      if (result.outcome !== 'raced') return result;
      cause = result.cause;
      current = await this.load(key);
    }
    const what = `'${this.textOf(key)}' could not be written to ${this.options.collectionName}`;
    const details = { context: this.about(key), cause };
    // Refused as a duplicate, but not of its key: trying again does not help while the other document is there.
    if (cause !== undefined && current === null)
      throw new ReelsyncError(
        'DOCUMENT_INVALID',
        `${what}: a unique index other than that on ${this.options.key.fields.join(', ')} refuses it`,
        details,
      );
    throw new ReelsyncError('DATABASE_CONFLICT', `${what}: other writers kept interfering`, details);
  }

  /** As `smartUpsert` for many documents, collected into one unordered bulk write. Throws after all others are written. */
  smartBulkUpsert(items: readonly BulkUpsertItem<T>[], stamp: WriteStamp): Promise<UpsertResult[]> {
    return allSettled(
      items.map(({ entity, existing, unset = [] }) =>
        this.smartUpsert(entity, existing, { ...stamp, unset }),
      ),
    );
  }

  /** As `upsert` for many documents: one read, one unordered bulk write. Throws after all others are written. */
  protected upsertMany(
    entities: readonly (Fields | T)[],
    stamp: Partial<WriteStamp> = {},
  ): Promise<UpsertResult[]> {
    return allSettled(entities.map((entity) => this.upsert(entity, stamp)));
  }

  private findNames(
    operation: string,
    filter: Filter<CatalogueFields>,
    { limit, sort }: Required<Pick<FindOptions, 'limit'>> & FindOptions,
  ): Promise<DocumentName[]> {
    const inOrder = sort ?? Object.fromEntries(this.options.key.fields.map((field) => [field, 1] as const));
    return this.call(operation, {}, () =>
      this.collection
        .find<DocumentName>(filter, { projection: NAME_PROJECTION, sort: { ...inOrder, _id: 1 }, limit })
        .toArray(),
    );
  }

  /** True when the document is gone now; false when there was none or it is protected (CL-8). */
  async delete(key: K): Promise<boolean> {
    const { deleted } = await this.deleteByKeys([key]);
    return deleted.length > 0;
  }

  async exists(key: K): Promise<boolean> {
    const filter = { ...this.options.key.toFields(key) };
    const found = await this.call('exists', this.about(key), () =>
      this.collection.findOne(filter, { projection: { _id: 1 } }),
    );
    return found !== null;
  }

  /** In the order of the key, unless told otherwise. */
  findAll(filter: Filter<CatalogueFields> = {}, options: FindOptions = {}): AsyncGenerator<Stored<T>> {
    const inOrder = Object.fromEntries(this.options.key.fields.map((field) => [field, 1] as const));
    const { limit = 0, sort } = options;
    const cursor = this.collection.find<Stored<T>>(filter, {
      // The key is unique, and its index then gives the order without sorting whole documents.
      sort: sort === undefined ? inOrder : { ...sort, _id: 1 },
      limit,
      batchSize: CHUNK_SIZE,
    });
    return databaseStream(this.context('findAll'), cursor);
  }

  count(filter: Filter<CatalogueFields> = {}): Promise<number> {
    return this.call('count', {}, () => this.collection.countDocuments(filter));
  }

  /** Written since; a document that was only compared does not count. */
  findModifiedSince(date: Date, options: FindOptions = {}): AsyncGenerator<Stored<T>> {
    return this.findAll({ lastSynced: { $gte: date } }, { sort: { lastSynced: 1 }, ...options });
  }

  findWithMissingFields(fields: readonly string[], options: FindOptions = {}): AsyncGenerator<Stored<T>> {
    return this.findAll(anyOf(fields.map((field) => ({ [field]: { $exists: false } }))), options);
  }

  /** Documents that lack a text or an object (absent, null or empty), the first ones by key. */
  findNamesWithout(field: string, limit: number): Promise<DocumentName[]> {
    return this.findNames('findNamesWithout', withoutField(field), { limit });
  }

  /** Documents last written before, or never by a version that notes it; longest ago first. */
  findNamesOlderThan(date: Date, limit: number): Promise<DocumentName[]> {
    const filter = { lastSynced: { $not: { $gte: date } } };
    return this.findNames('findNamesOlderThan', filter, { limit, sort: { lastSynced: 1 } });
  }

  /** How many documents have a text or an object there. */
  countPresent(field: string): Promise<number> {
    return this.count({ [field]: { $nin: [null, ''] } });
  }

  /** As `update` for many documents, collected into few commands. */
  async bulkUpdate(
    changes: readonly { readonly key: K; readonly updates: Fields | Partial<T> }[],
    stamp: Partial<WriteStamp> = {},
  ): Promise<BulkUpdateResult<K>> {
    const result = { updated: new Array<K>(), unchanged: new Array<K>(), missing: new Array<K>() };
    for (const chunk of chunksOf(changes)) {
      const endings = await allSettled(
        chunk.map(async ({ key, updates }) => ({
          key,
          ending: await this.updateIfPresent(key, updates, stamp),
        })),
      );
      for (const { key, ending } of endings) result[ending].push(key);
    }
    return result;
  }

  async getStats(): Promise<CatalogueStats> {
    const since = new Date(this.now().getTime() - DAY_MS);
    const [totalCount, recentlyModified, byServer] = await Promise.all([
      this.count(),
      this.count({ lastSynced: { $gte: since } }),
      this.countBy(`$${this.options.serverField}`),
    ]);
    return { totalCount, byServer, recentlyModified };
  }

  /** True when every index of this collection exists as it should. */
  async createIndexes(options?: EnsureIndexesOptions): Promise<boolean> {
    const specs = CATALOGUE_INDEXES.filter(({ collection }) => collection === this.options.collectionName);
    const { problems } = await ensureIndexes(this.db, specs, options);
    return problems.length === 0;
  }

  /** Deletes what is neither locked nor entered by hand, and says what was kept (CL-8). */
  protected async deleteByKeys(keys: readonly K[]): Promise<DeleteResult<K>> {
    const { fields, toFields } = this.options.key;
    const results: DeleteResult<K>[] = [];
    for (const chunk of chunksOf(keys)) {
      results.push(await this.deleteMatching(withAnyKey(fields, chunk.map(toFields))));
    }
    return {
      deleted: results.flatMap(({ deleted }) => deleted),
      kept: results.flatMap(({ kept }) => kept),
    };
  }

  /** As `deleteByKeys`, for every document that fits. */
  protected deleteMatching(filter: Filter<CatalogueFields>): Promise<DeleteResult<K>> {
    return this.call('delete', {}, () => deleteUnprotected(this.collection, filter, this.options.key));
  }

  /** How many documents share each value of an expression, per member of a list if one is unwound; absent counts as `unknown`. */
  protected async countBy(expression: unknown, unwound?: string): Promise<Record<string, number>> {
    const groups = await this.aggregate<{ _id: unknown; count: number }>('countBy', [
      ...(unwound === undefined ? [] : [{ $unwind: unwound }]),
      { $group: { _id: { $ifNull: [expression, 'unknown'] }, count: { $sum: 1 } } },
      { $sort: { _id: 1 } },
    ]);
    return Object.fromEntries(groups.map(({ _id, count }) => [String(_id), count]));
  }

  /** Of a number over the documents that have it; 0 when none has. */
  protected async average(field: string): Promise<number> {
    const [group] = await this.aggregate<{ value: number | null }>('average', [
      { $group: { _id: null, value: { $avg: `$${field}` } } },
    ]);
    return group?.value ?? 0;
  }

  protected aggregate<R extends object>(operation: string, pipeline: object[]): Promise<R[]> {
    return this.call(operation, {}, () => this.collection.aggregate<R>(pipeline).toArray());
  }

  protected call<R>(operation: string, context: ErrorContext, work: () => Promise<R>): Promise<R> {
    return databaseCall({ ...this.context(operation), ...context }, work);
  }

  protected context(operation: string): ErrorContext {
    return { collection: this.options.collectionName, operation };
  }

  protected stamp({ now, runId }: Partial<WriteStamp>): WriteStamp {
    return { now: now ?? this.now(), ...(runId === undefined ? {} : { runId }) };
  }

  /** A document without its key could never be found again, so it is refused (DM-2). */
  private keyOf(entity: object): K {
    const { fields, read } = this.options.key;
    const key = read({ ...entity });
    if (key !== undefined) return key;
    throw new ReelsyncError(
      'DOCUMENT_INVALID',
      `${this.options.collectionName}: a document without a valid ${fields.join(', ')} is refused`,
    );
  }

  private idOf(key: K): Promise<ObjectId | null> {
    return this.options.idOf?.(key) ?? Promise.resolve(null);
  }

  private prepare(entity: object, current: Stored<T> | null): Fields {
    const fields: Record<string, unknown> = { ...entity };
    delete fields['_id'];
    return this.options.derive?.(fields, current === null ? null : { ...current }) ?? fields;
  }

  private textOf(key: K): string {
    return keyText(this.options.key.fields, this.options.key.toFields(key));
  }

  private about(key: K): ErrorContext {
    return { title: this.textOf(key) };
  }

  private loadMany(keys: readonly K[]): Promise<readonly (Stored<T> | null)[]> {
    const { fields, toFields } = this.options.key;
    return this.call('load', {}, async () => {
      const found = new Map<string, Stored<T>>();
      for await (const document of this.collection.find<Stored<T>>(withAnyKey(fields, keys.map(toFields)))) {
        found.set(keyText(fields, { ...document }), document);
      }
      return keys.map((key) => found.get(this.textOf(key)) ?? null);
    });
  }

  private async updateIfPresent(
    key: K,
    fields: Fields | Partial<T>,
    stamp: Partial<WriteStamp>,
  ): Promise<keyof BulkUpdateResult> {
    try {
      const { outcome } = await this.update(key, fields, stamp);
      return outcome === 'unchanged' ? 'unchanged' : 'updated';
    } catch (error) {
      if (error instanceof ReelsyncError && error.code === 'TITLE_UNKNOWN') return 'missing';
      throw error;
    }
  }
}
