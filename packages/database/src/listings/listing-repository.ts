import type { Collection, Db } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';

/** What servers list apart. One listing feeds one or several kinds of units. */
export type ListingKind = 'movies' | 'tv';

/** What is known about one server's listing of one kind. */
export interface ListingState {
  readonly id: string;
  readonly serverId: string;
  readonly kind: ListingKind;
  /** Validator of the listing that the inventory reflects. */
  readonly etag?: string;
  /** In which way the listing was read; with another one the same listing leads to other records. */
  readonly recordsVersion?: number;
  /** Set and ranking of servers for which every title was compared last; see `topologyFingerprint`. */
  readonly topology?: string;
  /** Titles that it named. */
  readonly titleCount?: number;
  /** Inventory records that are present because of it. */
  readonly recordCount?: number;
  /** Absent: this server has never given a complete listing. */
  readonly completedAt?: Date;
  /** How often somebody else than a scan has changed the inventory; see `noteSupplied`. */
  readonly supplies?: number;
  /** The server said at this time that the inventory reflects its listing; at least `completedAt`. */
  readonly checkedAt?: Date;
  readonly lastAttempt?: ListingAttempt;
}

export interface ListingAttempt {
  readonly at: Date;
  readonly status: ListingStatus;
  readonly code?: string;
  readonly message?: string;
}

export type ListingStatus = 'changed' | 'not-modified' | 'failed' | 'refused';

export interface CompleteListing {
  readonly etag?: string;
  readonly recordsVersion: number;
  readonly titleCount: number;
  readonly recordCount: number;
  readonly completedAt: Date;
}

/** Neighbouring titles of a document of a server, by what they are recognised in its next state. */
export interface KnownTitles {
  readonly first: string;
  readonly bytes: number;
  readonly digest: string;
  readonly titles: number;
  /** Marks of the titles, see `title-marks` of packages/domain; in a map of hashes, of those that have one. */
  readonly titleMarks: string;
}

/** Of a complete listing. */
export interface KnownSegment extends KnownTitles {
  /** Inventory records of these titles. */
  readonly records: number;
}

/** What need not be read again while its bytes are the same. */
export interface KnownSegments {
  readonly listing: readonly KnownSegment[];
  /** Of the server's own hashes that belong to it. */
  readonly hashes: readonly KnownTitles[];
}

export const NO_SEGMENTS: KnownSegments = { listing: [], hashes: [] };

/** Apart from the listings, which every job looks at. */
interface SegmentsDocument {
  readonly _id: string;
  /** Of the listing that they were cut from; they mean nothing for another. */
  readonly completedAt: Date;
  readonly segments: KnownSegments;
}

type ListingDocument = Omit<ListingState, 'id'> & { readonly _id: string };

/** The state of each server's listing, for conditional requests and for people. */
export class ListingRepository {
  private readonly collection: Collection<ListingDocument>;
  private readonly segments: Collection<SegmentsDocument>;

  constructor(state: Db) {
    this.collection = state.collection<ListingDocument>('listings');
    this.segments = state.collection<SegmentsDocument>('listingSegments');
  }

  async load(serverId: string, kind: ListingKind): Promise<ListingState | null> {
    const document = await this.call('load', () =>
      this.collection.findOne({ _id: listingId(serverId, kind) }),
    );
    return document === null ? null : toState(document);
  }

  async loadAll(kind: ListingKind): Promise<ListingState[]> {
    const documents = await this.call('loadAll', () =>
      this.collection.find({ kind }, { sort: { _id: 1 } }).toArray(),
    );
    return documents.map(toState);
  }

  /**
   * The inventory now reflects this listing, completely, unless another scan of the server completed since `previous` (the
   * state that this scan began with) or records were supplied: then the two may have mixed, and the validator goes, so
   * that the next request reads and compares everything.
   */
  async saveComplete(
    serverId: string,
    kind: ListingKind,
    listing: CompleteListing,
    previous: Pick<ListingState, 'completedAt' | 'supplies'> | null,
  ): Promise<void> {
    const _id = listingId(serverId, kind);
    const { etag, ...rest } = listing;
    const mixed = { ...rest, lastAttempt: { at: listing.completedAt, status: 'changed' as const } };
    const state = { ...mixed, checkedAt: listing.completedAt };
    await this.call('saveComplete', async () => {
      const undisturbed = await this.collection.updateOne(
        {
          _id,
          completedAt: previous?.completedAt ?? { $exists: false },
          supplies: previous?.supplies ?? { $exists: false },
        },
        etag === undefined ? { $set: state, $unset: { etag: true } } : { $set: { ...state, etag } },
      );
      if (undisturbed.matchedCount === 1) return;
      // Either the first listing ever, or somebody else's came in between.
      const first = previous?.completedAt === undefined && etag !== undefined ? { etag } : {};
      const inserted = await this.collection.updateOne(
        { _id },
        { $setOnInsert: { serverId, kind, ...state, ...first } },
        { upsert: true },
      );
      if (inserted.upsertedCount === 0) {
        await this.collection.updateOne({ _id }, { $set: mixed, $unset: { etag: true, checkedAt: true } });
      }
    });
  }

  /** Of the listing that was completed then; none if another was completed since, or was about to be. */
  async loadSegments(serverId: string, kind: ListingKind, completedAt: Date): Promise<KnownSegments> {
    const document = await this.call('loadSegments', () =>
      this.segments.findOne({ _id: listingId(serverId, kind), completedAt }),
    );
    return document?.segments ?? NO_SEGMENTS;
  }

  /** Before `saveComplete` with the same time: without it they are not found. */
  async saveSegments(
    serverId: string,
    kind: ListingKind,
    completedAt: Date,
    segments: KnownSegments,
  ): Promise<void> {
    await this.call('saveSegments', () =>
      this.segments.updateOne(
        { _id: listingId(serverId, kind) },
        { $set: { completedAt, segments } },
        { upsert: true },
      ),
    );
  }

  /** The listing is unchanged. Book-keeping, the one write that an unchanged listing costs (CD-7). */
  async noteChecked(serverId: string, kind: ListingKind, at: Date): Promise<void> {
    await this.call('noteChecked', () =>
      this.collection.updateOne({ _id: listingId(serverId, kind) }, { $max: { checkedAt: at } }),
    );
  }

  /** The inventory may not reflect the listing after all: the next request reads and compares everything. */
  async dropValidator(serverId: string, kind: ListingKind): Promise<void> {
    await this.call('dropValidator', () =>
      this.collection.updateOne(
        { _id: listingId(serverId, kind) },
        { $unset: { etag: true, checkedAt: true } },
      ),
    );
  }

  /**
   * As `dropValidator`, for records that did not come from a listing. A scan under way must not vouch for them either: it
   * may have passed over their titles already.
   */
  async noteSupplied(serverId: string, kind: ListingKind): Promise<void> {
    await this.call('noteSupplied', () =>
      this.collection.updateOne(
        { _id: listingId(serverId, kind) },
        {
          $unset: { etag: true, checkedAt: true },
          $inc: { supplies: 1 },
          $setOnInsert: { serverId, kind },
        },
        { upsert: true },
      ),
    );
  }

  /** Every title of this kind has been compared under this set and ranking of servers (AV-5). */
  async saveTopology(kind: ListingKind, topology: string): Promise<void> {
    await this.call('saveTopology', () =>
      this.collection.updateMany({ kind, topology: { $ne: topology } }, { $set: { topology } }),
    );
  }

  /** Writes failures always, the rest only when the status differs from the stored one: an unchanged scan writes nothing. */
  async recordAttempt(serverId: string, kind: ListingKind, attempt: ListingAttempt): Promise<void> {
    const { at, status, code, message } = attempt;
    const lastAttempt: ListingAttempt = {
      at,
      status,
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
    };
    const _id = listingId(serverId, kind);
    const isFailure = status === 'failed' || status === 'refused';
    await this.call('recordAttempt', () =>
      isFailure
        ? this.collection.updateOne(
            { _id },
            { $set: { lastAttempt }, $setOnInsert: { serverId, kind } },
            { upsert: true },
          )
        : this.collection.updateOne(
            { _id, 'lastAttempt.status': { $ne: status } },
            { $set: { lastAttempt } },
          ),
    );
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'listings', operation }, work);
  }
}

function listingId(serverId: string, kind: ListingKind): string {
  return `${serverId}/${kind}`;
}

function toState({ _id, ...state }: ListingDocument): ListingState {
  return { ...state, id: _id };
}
