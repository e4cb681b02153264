import {
  parseMovieRecord,
  parseShowListing,
  type MovieRecord,
  type ParsedRecord,
  type ShowListing,
  type Unit,
  type UnitKind,
} from '@reelsync/core';
import type { ListingKind } from '@reelsync/database';

/** One record of the inventory in the making. */
export interface ListedRecord {
  readonly unit: Unit;
  readonly record: unknown;
}

/** What one member of a listing means for the inventory. */
export interface ListedTitle {
  readonly records: readonly ListedRecord[];
  /** Units that the server holds but whose records cannot be read: known ones stay as they are. */
  readonly unread: readonly Unit[];
  readonly problems: readonly string[];
}

/** One of the two listings of a server, and how its members are cut into inventory records. */
export interface ListingSource<T> {
  readonly kind: ListingKind;
  readonly unitKinds: readonly UnitKind[];
  readonly parse: (raw: unknown) => ParsedRecord<T>;
  readonly explode: (title: string, parsed: T) => ListedTitle;
  /**
   * Whether another server hash alone makes a record a changed one. Not for shows: their content hash moves with every
   * episode, and readers lose nothing when it is older than the episodes (CD-9, contract §5.4).
   */
  readonly hashIsChange: boolean;
}

export const movieListing: ListingSource<MovieRecord> = {
  kind: 'movies',
  unitKinds: ['movie'],
  parse: parseMovieRecord,
  explode: (title, record) => ({
    records: [{ unit: { kind: 'movie', title }, record }],
    unread: [],
    problems: [],
  }),
  hashIsChange: true,
};

export const tvListing: ListingSource<ShowListing> = {
  kind: 'tv',
  unitKinds: ['show', 'season', 'episodes'],
  parse: parseShowListing,
  explode: (title, { show, seasons, unreadSeasons, problems }) => ({
    records: [
      { unit: { kind: 'show', title }, record: show },
      ...seasons.flatMap(({ number: season, header, episodes }): ListedRecord[] => [
        { unit: { kind: 'season', title, season }, record: header },
        { unit: { kind: 'episodes', title, season }, record: episodes },
      ]),
    ],
    unread: unreadSeasons.flatMap((season): Unit[] => [
      { kind: 'season', title, season },
      { kind: 'episodes', title, season },
    ]),
    problems,
  }),
  hashIsChange: false,
};
