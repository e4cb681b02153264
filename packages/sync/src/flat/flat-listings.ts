import type { MediaServer, ParsedRecord, RawListings } from '@reelsync/core';
import type { ListingKind } from '@reelsync/database';
import { listingItems, type FileServers, type TitleHashMap } from '@reelsync/file-server';

/** The two listings of one server, whole. */
export interface FileServerListings extends RawListings {
  /** Validators of the listings. Without one the server's own hashes are not stored: nobody could say what they describe. */
  readonly etags?: Readonly<Partial<Record<ListingKind, string>>>;
}

/** A title that the listing holds but that cannot be read as JSON. */
export interface UnreadTitle {
  readonly kind: ListingKind;
  readonly title: string;
  readonly problem: string;
}

export interface ReadListings {
  readonly listings: FileServerListings;
  readonly unread: readonly UnreadTitle[];
}

const asItIs = (record: unknown): ParsedRecord<unknown> => ({ ok: true, record, problems: [] });

/** Reads both listings of a server; throws if either fails, for it then counts as not having answered (contract §9.3). */
export async function readListings(
  fileServers: Pick<FileServers, 'get'>,
  { id }: MediaServer,
  signal: AbortSignal,
): Promise<ReadListings> {
  const unread: UnreadTitle[] = [];
  const read = async (kind: ListingKind): Promise<{ titles: RawListings['movies']; etag?: string }> => {
    const response = await fileServers.get(id).fetchListing(kind, { signal });
    if (response.status === 'not-modified')
      throw new TypeError('a listing was asked for without a validator');
    const titles = new Map<string, unknown>();
    for await (const item of listingItems(response.members, asItIs)) {
      if (item.ok) titles.set(item.title, item.record);
      else unread.push({ kind, title: item.title, problem: item.problem });
    }
    const { etag } = response;
    return { titles: Object.fromEntries(titles), ...(etag === undefined ? {} : { etag }) };
  };
  const movies = await read('movies');
  const tv = await read('tv');
  return {
    listings: {
      movies: movies.titles,
      tv: tv.titles,
      etags: {
        ...(movies.etag === undefined ? {} : { movies: movies.etag }),
        ...(tv.etag === undefined ? {} : { tv: tv.etag }),
      },
    },
    unread,
  };
}

/** What the server says of its titles, if its listing is still the one that we hold (contract §5.4, CD-9). */
export async function readTitleHashes(
  fileServers: Pick<FileServers, 'get'>,
  { id }: MediaServer,
  kind: ListingKind,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<TitleHashes> {
  if (etag === undefined) return new Map();
  const adapter = fileServers.get(id);
  const hashes = await adapter.fetchTitleHashes(kind, { signal });
  const check = await adapter.fetchListing(kind, { etag, signal });
  if (check.status === 'not-modified') return hashes;
  await check.members.return();
  return new Map();
}

export type TitleHashes = Pick<TitleHashMap, 'get'>;
