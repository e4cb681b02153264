import type { MovieRecord, ReelsyncError, Unit } from '@reelsync/core';

/** What one server's last complete listing says about one unit (glossary: inventory). */
export interface InventoryEntry<R = MovieRecord> {
  readonly id: string;
  readonly serverId: string;
  readonly unit: Unit;
  /** Of the record; see `canonicalHash`. */
  readonly digest: string;
  /** The server's own hash of the title, copied for readers of the catalogue (CD-9). */
  readonly serverHash?: string;
  /** As `serverHash`, over a show with everything below it. */
  readonly contentHash?: string;
  readonly record: R;
  /** Grows with every change. */
  readonly revision: number;
  readonly firstSeenAt: Date;
  readonly changedAt: Date;
  /** The server's complete listing no longer names the unit. */
  readonly missingSince?: Date;
  /** Exists exactly while the catalogue may not reflect this revision. */
  readonly pendingSince?: Date;
}

export type InventoryRevision = Pick<InventoryEntry, 'id' | 'revision'>;

export interface InventoryChange<R = unknown> {
  readonly unit: Unit;
  readonly digest: string;
  readonly record: R;
  readonly serverHash?: string;
  readonly contentHash?: string;
}

/** A record that MongoDB cannot hold (DOCUMENT_INVALID). */
export interface RefusedChange {
  readonly unit: Unit;
  readonly error: ReelsyncError;
}

export interface InventoryDigest {
  readonly digest: string;
  readonly serverHash?: string;
  readonly contentHash?: string;
  readonly missing: boolean;
}

/** Of one server's listing. */
export interface PresentCount {
  /** Movies or shows. */
  readonly titles: number;
  /** Units of all kinds. */
  readonly records: number;
}

export interface InventoryCount {
  readonly serverId: string;
  readonly present: number;
  readonly missing: number;
  readonly pending: number;
}

export interface UnitFilter {
  readonly serverIds?: readonly string[];
  /** Only records that are (or are not) missing from their server. */
  readonly missing?: boolean;
  /** Only units that come after this one in the order of units. */
  readonly after?: Unit;
}

/** What the inventory says about one title on some servers, with everything below it. */
export interface TitleState {
  /** Another one after every change of a record, and when one appears or goes missing. */
  readonly fingerprint: string;
  /** When one of the records changed last. */
  readonly changedAt?: Date;
}
