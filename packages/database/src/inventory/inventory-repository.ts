import type { Collection, Db, Filter, UpdateFilter, WithId } from 'mongodb';
import { BatchLoader } from '../batching/batch-loader';
import { BulkWriter, type WriteOperation } from '../batching/bulk-writer';
import { CHUNK_SIZE, chunksOf } from '../batching/chunks';
import { WriteCollector } from '../batching/write-collector';
import { databaseCall, databaseStream } from '../connection/to-database-error';
import type {
  InventoryChange,
  InventoryCount,
  InventoryDigest,
  InventoryEntry,
  InventoryKind,
  TitleFilter,
} from './inventory-entry';

/** As stored; `record` has the shape of its kind. */
type InventoryDocument = Omit<InventoryEntry<unknown>, 'id'> & { readonly _id: string };

interface EntryKey {
  readonly kind: InventoryKind;
  readonly title: string;
}

/** Our copy of what every server holds (design decision 2). Titles stream in the order of their code points. */
export class InventoryRepository {
  private readonly collection: Collection<InventoryDocument>;
  private readonly writer: BulkWriter<InventoryDocument>;
  private readonly collector: WriteCollector<InventoryDocument>;
  private readonly loaders: Readonly<
    Record<InventoryKind, BatchLoader<string, readonly InventoryDocument[]>>
  >;

  constructor(state: Db) {
    this.collection = state.collection<InventoryDocument>('inventory');
    this.writer = new BulkWriter(this.collection);
    this.collector = new WriteCollector(this.writer);
    this.loaders = {
      movie: new BatchLoader((titles) => this.loadMany('movie', titles)),
      show: new BatchLoader((titles) => this.loadMany('show', titles)),
    };
  }

  async findDigests(
    kind: InventoryKind,
    serverId: string,
    titles: readonly string[],
  ): Promise<ReadonlyMap<string, InventoryDigest>> {
    const digests = new Map<string, InventoryDigest>();
    for (const chunk of chunksOf(titles)) {
      const filter = { _id: { $in: chunk.map((title) => entryId(kind, serverId, title)) } };
      const projection = { title: 1, digest: 1, serverHash: 1, missingSince: 1 };
      const found = await this.call('findDigests', () =>
        this.collection.find(filter, { projection }).toArray(),
      );
      for (const { title, digest, serverHash, missingSince } of found) {
        const missing = missingSince !== undefined;
        digests.set(title, serverHash === undefined ? { digest, missing } : { digest, serverHash, missing });
      }
    }
    return digests;
  }

  /** Stores new revisions and marks each as pending in the same write: no change is lost whatever crashes afterwards. */
  async applyChanges(
    kind: InventoryKind,
    serverId: string,
    changes: readonly InventoryChange<unknown>[],
    at: Date,
  ): Promise<void> {
    for (const chunk of chunksOf(changes)) {
      await this.writer.writeAll(chunk.map((change) => toUpsert(kind, serverId, change, at)));
    }
  }

  /** Titles that the server's last complete listing named. */
  streamPresentTitles(kind: InventoryKind, serverId: string): AsyncGenerator<string> {
    return this.streamDistinct('streamPresentTitles', { kind, serverId, missingSince: { $exists: false } });
  }

  /** A complete listing no longer names these titles: a change like any other. */
  async markMissing(
    kind: InventoryKind,
    serverId: string,
    titles: readonly string[],
    at: Date,
  ): Promise<void> {
    for (const chunk of chunksOf(titles)) {
      await this.writer.writeAll([
        {
          kind: 'apply',
          many: true,
          filter: {
            _id: { $in: chunk.map((title) => entryId(kind, serverId, title)) },
            missingSince: { $exists: false },
          },
          update: {
            $set: { missingSince: at, changedAt: at },
            $inc: { revision: 1 },
            $min: { pendingSince: at },
          },
        },
      ]);
    }
  }

  /** Every record is to be compared again, for instance because the set of servers changed (AV-5). */
  async markAllPending(kind: InventoryKind, at: Date): Promise<void> {
    await this.writer.writeAll([
      {
        kind: 'apply',
        many: true,
        filter: { kind },
        // A new revision, so that a job that still works under the old circumstances cannot clear the mark.
        update: { $inc: { revision: 1 }, $min: { pendingSince: at } },
      },
    ]);
  }

  /** What all servers hold or held of a title. The caller says which record shape the kind has. */
  async load<R>(kind: InventoryKind, title: string): Promise<InventoryEntry<R>[]> {
    const documents = await this.loaders[kind].load(title);
    return documents.map((document) => toEntry<R>(document));
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

  streamPendingTitles(kind: InventoryKind): AsyncGenerator<string> {
    return this.streamDistinct('streamPendingTitles', { kind, pendingSince: { $exists: true } });
  }

  /** Titles of which at least one record fits. */
  streamTitles(kind: InventoryKind, { serverIds, missing }: TitleFilter = {}): AsyncGenerator<string> {
    return this.streamDistinct('streamTitles', {
      kind,
      ...(serverIds === undefined ? {} : { serverId: { $in: [...serverIds] } }),
      ...(missing === undefined ? {} : { missingSince: { $exists: missing } }),
    });
  }

  /** Those of the titles that any server holds or held. */
  async findKnown(kind: InventoryKind, titles: readonly string[]): Promise<ReadonlySet<string>> {
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

  countByServer(kind: InventoryKind = 'movie'): Promise<InventoryCount[]> {
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

  private loadMany(
    kind: InventoryKind,
    titles: readonly string[],
  ): Promise<readonly (readonly InventoryDocument[])[]> {
    return this.call('load', async () => {
      const byTitle = new Map<string, InventoryDocument[]>(titles.map((title) => [title, []]));
      const cursor = this.collection.find({ kind, title: { $in: [...titles] } }, { sort: { _id: 1 } });
      for await (const document of cursor) byTitle.get(document.title)?.push(document);
      return titles.map((title) => byTitle.get(title) ?? []);
    });
  }

  private async *streamDistinct(
    operation: string,
    filter: Filter<InventoryDocument>,
  ): AsyncGenerator<string> {
    const cursor = this.collection.find<Pick<EntryKey, 'title'>>(filter, {
      projection: { _id: 0, title: 1 },
      sort: { title: 1 },
      batchSize: CHUNK_SIZE,
    });
    let last: string | undefined;
    for await (const { title } of databaseStream({ collection: 'inventory', operation }, cursor)) {
      if (title !== last) yield title;
      last = title;
    }
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'inventory', operation }, work);
  }
}

/** Server ids hold no slash; titles may, so they come last. */
function entryId(kind: InventoryKind, serverId: string, title: string): string {
  return `${kind}/${serverId}/${title}`;
}

function toUpsert(
  kind: InventoryKind,
  serverId: string,
  { title, digest, record, serverHash }: InventoryChange<unknown>,
  at: Date,
): WriteOperation<InventoryDocument> {
  const update: UpdateFilter<InventoryDocument> = {
    $set: { digest, record, changedAt: at, ...(serverHash === undefined ? {} : { serverHash }) },
    // A hash may stand only beside the data that it describes (contract §5.4).
    $unset: { missingSince: true, ...(serverHash === undefined ? { serverHash: true } : {}) },
    $inc: { revision: 1 },
    // The oldest change that is still pending tells how far behind we are.
    $min: { pendingSince: at },
    $setOnInsert: { kind, serverId, title, firstSeenAt: at },
  };
  return { kind: 'upsert', filter: { _id: entryId(kind, serverId, title) }, update };
}

function toEntry<R>({ _id, record, ...entry }: WithId<InventoryDocument>): InventoryEntry<R> {
  return { ...entry, id: _id, record: record as R };
}
