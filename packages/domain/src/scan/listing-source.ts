import {
  keepUnread,
  parseMovieRecord,
  parseShowListing,
  partlyReadSeasons,
  seasonsOfFolders,
  type KnownSeason,
  type MovieRecord,
  type ParsedRecord,
  type SeasonEpisodesRecord,
  type SeasonRecord,
  type ShowListing,
  type ShowRecord,
  type Unit,
  type UnitKind,
  withUnread,
} from '@reelsync/core';
import type { InventoryRepository, ListingKind } from '@reelsync/database';

/**
 * Version of what we read from listings. Raise it when the same listing leads to other inventory records, or its segments
 * are cut or described in another way: the next scan reads and compares the listing of every server as a whole, though it has not changed.
 */
export const LISTING_RECORDS_VERSION = 6;

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
}

/** The record of a unit that the listing before gave, if it is present. The caller says which shape its kind has. */
export type FindKnown = <R>(unit: Unit) => Promise<R | undefined>;

export function findKnownOn(inventory: Pick<InventoryRepository, 'load'>, server: string): FindKnown {
  return async <R>(unit: Unit) => {
    const entries = await inventory.load<R>(unit);
    return entries.find(({ serverId, missingSince }) => serverId === server && missingSince === undefined)
      ?.record;
  };
}

/** One of the two listings of a server, and how its members are cut into inventory records. */
export interface ListingSource<T> {
  readonly kind: ListingKind;
  readonly unitKinds: readonly UnitKind[];
  readonly parse: (raw: unknown) => ParsedRecord<T>;
  /** Puts what was known before in the place of parts that cannot be read. */
  readonly complete: (title: string, parsed: T, findKnown: FindKnown) => Promise<T>;
  readonly explode: (title: string, parsed: T) => ListedTitle;
  /**
   * Records of this kind are changed ones when the server's hash of their title is another. Not those of shows: their
   * content hash moves with every episode, and readers lose nothing when it is older than the episodes (CD-9, contract §5.4).
   */
  readonly hashedKind?: 'movie';
}

export const movieListing: ListingSource<MovieRecord> = {
  kind: 'movies',
  unitKinds: ['movie'],
  parse: parseMovieRecord,
  complete: (_title, record) => Promise.resolve(record),
  explode: (title, record) => ({
    records: [{ unit: { kind: 'movie', title }, record }],
    unread: [],
  }),
  hashedKind: 'movie',
};

export const tvListing: ListingSource<ShowListing> = {
  kind: 'tv',
  unitKinds: ['show', 'season', 'episodes'],
  parse: parseShowListing,
  complete: completeShow,
  explode: (title, { show, seasons, unreadSeasons }) => ({
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
  }),
};

async function completeShow(title: string, listing: ShowListing, findKnown: FindKnown): Promise<ShowListing> {
  const partlyRead = partlyReadSeasons(listing);
  const { unreadSeasons, unnumberedFolders } = listing;
  if (partlyRead.length + unreadSeasons.length + unnumberedFolders.length === 0) return listing;
  const show = await findKnown<ShowRecord>({ kind: 'show', title });
  const suspected = unnumberedFolders.length === 0 ? [] : (show?.seasons ?? []).map(({ number }) => number);
  const numbers = [...new Set([...partlyRead, ...suspected])];
  const seasons: ReadonlyMap<number, KnownSeason> = new Map(
    await Promise.all(numbers.map((season) => findSeason(title, season, findKnown))),
  );
  const lost = seasonsOfFolders(title, unnumberedFolders, seasons);
  return keepUnread(withUnread(listing, lost), { show, seasons });
}

async function findSeason(
  title: string,
  season: number,
  findKnown: FindKnown,
): Promise<readonly [number, KnownSeason]> {
  const [header, episodes] = await Promise.all([
    findKnown<SeasonRecord>({ kind: 'season', title, season }),
    findKnown<SeasonEpisodesRecord>({ kind: 'episodes', title, season }),
  ]);
  return [season, { header, episodes }];
}
