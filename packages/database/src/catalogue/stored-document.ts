import type { MovieDocument } from '@reelsync/core';
import type { ObjectId } from 'mongodb';

/** What every catalogue document with a folder name of its own has (sync-semantics §1.2). */
export interface CatalogueDocument {
  /** Folder name on the servers; the only key. */
  readonly originalTitle: string;
  readonly lockedFields?: Readonly<Record<string, unknown>>;
  readonly manualEntry?: boolean;
}

/** A catalogue document as read from MongoDB. `_id` survives every re-sync: children and watch lists hold it. */
export type Stored<T> = { readonly [K in keyof T]: T[K] } & { readonly _id: ObjectId };

export type StoredMovie = Stored<MovieDocument>;

/** How the collections are typed towards the driver, so that filters may name any field. */
export interface CatalogueFields {
  originalTitle: string;
  [field: string]: unknown;
}

/** Who writes and when; stamped on every changed document (CL-7). */
export interface WriteStamp {
  readonly now: Date;
  readonly runId?: string;
}

export interface UpsertOptions extends WriteStamp {
  /** Fields that no server provides any more; only those that exist and are not locked are removed. */
  readonly unset?: readonly string[];
}

export interface UpsertResult {
  readonly outcome: 'created' | 'updated' | 'unchanged';
  /** Top-level fields that were written. */
  readonly changedFields: readonly string[];
}

export interface FindOptions {
  readonly limit?: number;
  readonly sort?: Readonly<Record<string, 1 | -1>>;
}

export interface BulkUpdateResult {
  readonly updated: readonly string[];
  readonly unchanged: readonly string[];
  /** No document has this folder name. */
  readonly missing: readonly string[];
}

export interface DeleteResult {
  readonly deleted: readonly string[];
  /** Documents that a destructive path must not touch (CL-8). */
  readonly kept: readonly { readonly originalTitle: string; readonly reason: KeepReason }[];
}

export type KeepReason = 'locked' | 'manual-entry';

export interface CatalogueStats {
  readonly totalCount: number;
  /** Documents per server that provides their main content. */
  readonly byServer: Readonly<Record<string, number>>;
  /** Written in the last 24 hours. */
  readonly recentlyModified: number;
}
