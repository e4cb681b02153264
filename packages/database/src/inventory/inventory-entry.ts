import type { MovieRecord } from '@reelsync/core';

/** Kinds whose title is their whole key. */
export type InventoryKind = 'movie' | 'show';

/** What one server's last complete listing says about one title (glossary: inventory). */
export interface InventoryEntry<R = MovieRecord> {
  readonly id: string;
  readonly kind: InventoryKind;
  readonly serverId: string;
  readonly title: string;
  /** Of the record; see `canonicalHash`. */
  readonly digest: string;
  /** The server's own hash of the title, copied for readers of the catalogue (CD-9). */
  readonly serverHash?: string;
  readonly record: R;
  /** Grows with every change. */
  readonly revision: number;
  readonly firstSeenAt: Date;
  readonly changedAt: Date;
  /** The server's complete listing no longer names the title. */
  readonly missingSince?: Date;
  /** Exists exactly while the catalogue may not reflect this revision. */
  readonly pendingSince?: Date;
}

export interface InventoryChange<R = MovieRecord> {
  readonly title: string;
  readonly digest: string;
  readonly record: R;
  readonly serverHash?: string;
}

export interface InventoryDigest {
  readonly digest: string;
  readonly serverHash?: string;
  readonly missing: boolean;
}

export interface InventoryCount {
  readonly serverId: string;
  readonly present: number;
  readonly missing: number;
  readonly pending: number;
}

export interface TitleFilter {
  readonly serverIds?: readonly string[];
  /** Only records that are (or are not) missing from their server. */
  readonly missing?: boolean;
}
