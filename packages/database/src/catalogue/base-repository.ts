import { ReelsyncError, type ErrorContext } from '@reelsync/core';
import type { Collection, Db, Filter, ObjectId } from 'mongodb';
import { BatchLoader } from '../batching/batch-loader';
import { CHUNK_SIZE, chunksOf } from '../batching/chunks';
import { databaseCall, databaseStream } from '../connection/to-database-error';
import { CATALOGUE_INDEXES } from '../indexes/catalogue-indexes';
import { ensureIndexes } from '../indexes/ensure-indexes';
import { deleteUnprotected } from './delete-unprotected';
import { bookkeeping, DocumentWriter, type Fields } from './document-writer';
import type {
  BulkUpdateResult,
  CatalogueDocument,
  CatalogueFields,
  CatalogueStats,
  DeleteResult,
  FindOptions,
  Stored,
  UpsertOptions,
  UpsertResult,
  WriteStamp,
} from './stored-document';

export interface BaseRepositoryOptions {
  readonly collectionName: string;
  /** Field that names the server of a document's main content. */
  readonly serverField: string;
  readonly now?: () => Date;
}

const MAX_MERGE_ATTEMPTS = 5;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * One catalogue collection whose documents have a folder name (sync-semantics §6.1). Every method is keyed by that name
 * (RP-1); display titles are for people. All failures are ReelsyncErrors.
 */
export abstract class BaseRepository<T extends CatalogueDocument> {
  protected readonly collection: Collection<CatalogueFields>;
  private readonly db: Db;
  private readonly writer: DocumentWriter<T>;
  private readonly loader: BatchLoader<string, Stored<T> | null>;
  private readonly options: BaseRepositoryOptions;
  private readonly now: () => Date;

  constructor(db: Db, options: BaseRepositoryOptions) {
    this.db = db;
    this.options = options;
    this.now = options.now ?? (() => new Date());
    this.collection = db.collection<CatalogueFields>(options.collectionName);
    this.writer = new DocumentWriter(this.collection);
    this.loader = new BatchLoader((titles) => this.loadMany(titles));
  }

  /** The document as it is now; lookups at the same time share one query. */
  load(originalTitle: string): Promise<Stored<T> | null> {
    return this.loader.load(originalTitle);
  }

  findByOriginalTitle(originalTitle: string): Promise<Stored<T> | null> {
    return this.load(originalTitle);
  }

  /** The first document with this display title, by folder name: several works may share one (B-11). */
  findByTitle(title: string): Promise<Stored<T> | null> {
    return this.call('findByTitle', { title }, () =>
      this.collection.findOne<Stored<T>>({ title }, { sort: { originalTitle: 1 } }),
    );
  }

  /** By folder name, which is unique; else by display title. */
  async findByEitherTitle(title: string, originalTitle: string = title): Promise<Stored<T> | null> {
    return (await this.load(originalTitle)) ?? this.findByTitle(title);
  }

  /** Inserts; a document with this folder name is DATABASE_CONFLICT. */
  async save(entity: Fields | T, stamp: Partial<WriteStamp> = {}): Promise<ObjectId> {
    const { originalTitle, ...fields } = this.prepare(entity, null);
    const moment = this.stamp(stamp);
    const { insertedId } = await this.call('save', { title: originalTitle }, () =>
      this.collection.insertOne({
        originalTitle,
        ...fields,
        createdAt: moment.now,
        ...bookkeeping(moment),
      }),
    );
    return insertedId;
  }

  /** Changes the given fields, around locks; a folder name without a document is TITLE_UNKNOWN. */
  async update(
    originalTitle: string,
    fields: Fields | Partial<T>,
    stamp: Partial<WriteStamp> = {},
  ): Promise<UpsertResult> {
    const current = await this.load(originalTitle);
    const wanted = this.prepare({ ...fields, originalTitle }, current);
    const result = current === null ? null : await this.writer.change(current, wanted, [], this.stamp(stamp));
    if (result !== null && result.outcome !== 'raced') return result;
    throw new ReelsyncError('TITLE_UNKNOWN', `${this.options.collectionName} has no '${originalTitle}'`, {
      context: { title: originalTitle },
    });
  }

  /** Makes the document what the entity says, around locks: fields that the entity lacks are removed. */
  async upsert(entity: Fields | T, stamp: Partial<WriteStamp> = {}): Promise<UpsertResult> {
    const wanted = this.prepare(entity, null);
    const existing = await this.load(wanted.originalTitle);
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
    let current = existing;
    let cause: ReelsyncError | undefined;
    const { originalTitle } = this.prepare(entity, null);
    for (let attempt = 1; attempt <= MAX_MERGE_ATTEMPTS; attempt += 1) {
      const wanted = this.prepare(entity, current);
      const result =
        current === null
          ? await this.writer.create(originalTitle, wanted, stamp)
          : await this.writer.change(current, wanted, unset, stamp);
      if (result.outcome !== 'raced') return result;
      cause = result.cause;
      current = await this.load(originalTitle);
    }
    throw new ReelsyncError(
      'DATABASE_CONFLICT',
      `'${originalTitle}' could not be written to ${this.options.collectionName}: other writers kept interfering, or a unique index other than that on originalTitle refuses it`,
      { context: { title: originalTitle }, cause },
    );
  }

  /** True when the document is gone now; false when there was none or it is protected (CL-8). */
  async delete(originalTitle: string): Promise<boolean> {
    const { deleted } = await this.deleteByOriginalTitles([originalTitle]);
    return deleted.length > 0;
  }

  /** Deletes what is neither locked nor entered by hand, and says what was kept (CL-8). */
  async deleteByOriginalTitles(originalTitles: readonly string[]): Promise<DeleteResult> {
    const results: DeleteResult[] = [];
    for (const chunk of chunksOf(originalTitles)) {
      results.push(
        await this.call('deleteByOriginalTitles', {}, () => deleteUnprotected(this.collection, chunk)),
      );
    }
    return {
      deleted: results.flatMap(({ deleted }) => deleted),
      kept: results.flatMap(({ kept }) => kept),
    };
  }

  async exists(originalTitle: string): Promise<boolean> {
    const found = await this.call('exists', { title: originalTitle }, () =>
      this.collection.findOne({ originalTitle }, { projection: { _id: 1 } }),
    );
    return found !== null;
  }

  findAll(filter: Filter<CatalogueFields> = {}, options: FindOptions = {}): AsyncGenerator<Stored<T>> {
    const { limit = 0, sort = { originalTitle: 1 } } = options;
    const cursor = this.collection.find<Stored<T>>(filter, {
      sort: { ...sort, _id: 1 },
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
    // Without fields nothing can be missing; MongoDB refuses an empty $or.
    const filter =
      fields.length === 0 ? { _id: { $in: [] } } : { $or: fields.map((f) => ({ [f]: { $exists: false } })) };
    return this.findAll(filter, options);
  }

  /** As `update` for many titles, collected into few commands. */
  async bulkUpdate(
    changes: readonly { readonly originalTitle: string; readonly updates: Fields | Partial<T> }[],
    stamp: Partial<WriteStamp> = {},
  ): Promise<BulkUpdateResult> {
    const result = {
      updated: new Array<string>(),
      unchanged: new Array<string>(),
      missing: new Array<string>(),
    };
    for (const chunk of chunksOf(changes)) {
      const endings = await Promise.all(
        chunk.map(async ({ originalTitle, updates }) => ({
          originalTitle,
          ending: await this.updateIfPresent(originalTitle, updates, stamp),
        })),
      );
      for (const { originalTitle, ending } of endings) result[ending].push(originalTitle);
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
  async createIndexes(): Promise<boolean> {
    const specs = CATALOGUE_INDEXES.filter(({ collection }) => collection === this.options.collectionName);
    const { problems } = await ensureIndexes(this.db, specs);
    return problems.length === 0;
  }

  /** Fields that follow from others are computed here, in the same write (DM-6). */
  protected abstract derive(wanted: Fields, current: Fields | null): Fields;

  /** How many documents share each value of an expression; absent and null count as `unknown`. */
  protected async countBy(
    expression: unknown,
    filter: Filter<CatalogueFields> = {},
  ): Promise<Record<string, number>> {
    const groups = await this.call('countBy', {}, () =>
      this.collection
        .aggregate<{ _id: unknown; count: number }>([
          { $match: filter },
          { $group: { _id: { $ifNull: [expression, 'unknown'] }, count: { $sum: 1 } } },
          { $sort: { _id: 1 } },
        ])
        .toArray(),
    );
    return Object.fromEntries(groups.map(({ _id, count }) => [String(_id), count]));
  }

  protected call<R>(operation: string, context: ErrorContext, work: () => Promise<R>): Promise<R> {
    return databaseCall({ ...this.context(operation), ...context }, work);
  }

  protected context(operation: string): ErrorContext {
    return { collection: this.options.collectionName, operation };
  }

  private stamp({ now, runId }: Partial<WriteStamp>): WriteStamp {
    return { now: now ?? this.now(), ...(runId === undefined ? {} : { runId }) };
  }

  /** Strips `_id` and checks the key: a document without one can never be found again. */
  private prepare(entity: object, current: Stored<T> | null): CatalogueFields {
    const { originalTitle, ...fields }: Record<string, unknown> = { ...entity };
    delete fields['_id'];
    if (typeof originalTitle !== 'string' || originalTitle === '') {
      throw new ReelsyncError(
        'DOCUMENT_INVALID',
        `${this.options.collectionName}: originalTitle must not be empty`,
      );
    }
    return { ...this.derive(fields, current === null ? null : { ...current }), originalTitle };
  }

  private loadMany(originalTitles: readonly string[]): Promise<readonly (Stored<T> | null)[]> {
    return this.call('load', {}, async () => {
      const found = new Map<string, Stored<T>>();
      const filter = { originalTitle: { $in: [...originalTitles] } };
      for await (const document of this.collection.find<Stored<T>>(filter)) {
        found.set(document.originalTitle, document);
      }
      return originalTitles.map((title) => found.get(title) ?? null);
    });
  }

  private async updateIfPresent(
    originalTitle: string,
    fields: Fields | Partial<T>,
    stamp: Partial<WriteStamp>,
  ): Promise<keyof BulkUpdateResult> {
    try {
      const { outcome } = await this.update(originalTitle, fields, stamp);
      return outcome === 'unchanged' ? 'unchanged' : 'updated';
    } catch (error) {
      if (error instanceof ReelsyncError && error.code === 'TITLE_UNKNOWN') return 'missing';
      throw error;
    }
  }
}
