import type { EpisodeDocument, MovieDocument, SeasonDocument, TvShowDocument } from '@reelsync/core';
import type { ObjectId } from 'mongodb';

/** What decides whether a catalogue document may be changed or deleted (sync-semantics §1.2). */
export interface CatalogueDocument {
  readonly lockedFields?: Readonly<Record<string, unknown>>;
  readonly manualEntry?: boolean;
}

/** One with a folder name of its own, which is its only key. */
export interface TitledDocument extends CatalogueDocument {
  readonly originalTitle: string;
}

/** One that belongs to a show. */
export interface ChildDocument extends CatalogueDocument {
  readonly showId: ObjectId;
  readonly seasonNumber: number;
}

/** A catalogue document as read from MongoDB. `_id` survives every re-sync: children and watch lists hold it. */
export type Stored<T> = { readonly [K in keyof T]: T[K] } & { readonly _id: ObjectId };

export type StoredMovie = Stored<MovieDocument>;
export type StoredTVShow = Stored<TvShowDocument>;
export type StoredSeason = Stored<SeasonDocument<ObjectId>>;
export type StoredEpisode = Stored<EpisodeDocument<ObjectId>>;

export interface SeasonKey {
  readonly showId: ObjectId;
  readonly seasonNumber: number;
}

export interface EpisodeKey extends SeasonKey {
  readonly episodeNumber: number;
}

/** Values by field name, of any kind of document. */
export type Fields = Readonly<Record<string, unknown>>;

/** How the collections are typed towards the driver, so that filters may name any field. */
export type CatalogueFields = Record<string, unknown>;

/** Who writes and when; stamped on every changed document (CL-7). */
export interface WriteStamp {
  readonly now: Date;
  readonly runId?: string;
}

export interface UpsertOptions extends WriteStamp {
  /** Fields that no server provides any more; only those that exist and are not locked are removed. */
  readonly unset?: readonly string[];
}

/** One of many documents that are brought up to date together; see `smartUpsert`. */
export interface BulkUpsertItem<T> {
  readonly entity: Fields | Partial<T>;
  readonly existing: Stored<T> | null;
  readonly unset?: readonly string[];
}

export interface UpsertResult {
  readonly outcome: 'created' | 'updated' | 'unchanged';
  /** Top-level fields that were written. */
  readonly changedFields: readonly string[];
  /** Created under the id that its children hold: it had been there before (CL-5). */
  readonly isReturned?: true;
}

/** What names a document, and when it was last written, without what it holds. */
export interface DocumentName {
  readonly _id: ObjectId;
  /** Display title. */
  readonly title?: string;
  /** The folder name; of seasons it is none. */
  readonly originalTitle?: string;
  readonly showId?: ObjectId;
  readonly seasonNumber?: number;
  readonly episodeNumber?: number;
  readonly lastSynced?: Date;
}

export interface FindOptions {
  readonly limit?: number;
  readonly sort?: Readonly<Record<string, 1 | -1>>;
}

export interface BulkUpdateResult<K = string> {
  readonly updated: readonly K[];
  readonly unchanged: readonly K[];
  /** No document has this key. */
  readonly missing: readonly K[];
}

export interface DeleteResult<K = string> {
  readonly deleted: readonly K[];
  /** Documents that a destructive path must not touch (CL-8). */
  readonly kept: readonly { readonly key: K; readonly reason: KeepReason }[];
}

export type KeepReason = 'locked' | 'manual-entry';

export interface CatalogueStats {
  readonly totalCount: number;
  /** Documents per server that provides their main content. */
  readonly byServer: Readonly<Record<string, number>>;
  /** Written in the last 24 hours. */
  readonly recentlyModified: number;
}

/** How many documents a show has. Shows are told apart by id: two may share a display title (B-12). */
export interface ShowCount {
  readonly showId: ObjectId;
  readonly showTitle: string;
  readonly count: number;
}
