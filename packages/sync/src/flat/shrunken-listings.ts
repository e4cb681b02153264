import { ReelsyncError, type RawListings } from '@reelsync/core';
import type { DatabaseAdapter, ListingKind } from '@reelsync/database';
import type { ReadListings } from './flat-listings';

export interface ListingCheckDependencies {
  readonly database: Pick<DatabaseAdapter, 'movies' | 'tvShows'>;
  /** A listing that has lost a larger part of what the catalogue has from its server is refused. */
  readonly maxShrinkFraction: number;
}

type Titles = ReadonlySet<string>;

/**
 * Refuses a listing from which too much is gone: more likely a disk is not mounted (AV-4, contract §8). Flat sync has no
 * inventory to compare with, so it asks the catalogue what comes from the server. Of that it counts what would be
 * taken over: titles that other servers list. What nobody lists is left alone in any case, so it only counts when the
 * listing is empty.
 */
export async function refuseShrunken(
  dependencies: ListingCheckDependencies,
  serverId: string,
  listings: ReadonlyMap<string, ReadListings>,
): Promise<void> {
  for (const kind of ['movies', 'tv'] as const) {
    const listed = titlesOf(listings.get(serverId), kind);
    const anywhere = new Set([...listings.values()].flatMap((read) => [...titlesOf(read, kind)]));
    // It lists whatever others do, so there is nothing to take over and nothing to ask for.
    if (listed.size > 0 && anywhere.size === listed.size) continue;
    await refuse(dependencies, { serverId, kind, listed, anywhere });
  }
}

async function refuse(
  { database, maxShrinkFraction }: ListingCheckDependencies,
  {
    serverId,
    kind,
    listed,
    anywhere,
  }: {
    readonly serverId: string;
    readonly kind: ListingKind;
    readonly listed: Titles;
    readonly anywhere: Titles;
  },
): Promise<void> {
  const repository = kind === 'movies' ? database.movies : database.tvShows;
  let known = 0;
  let vanished = 0;
  for await (const title of repository.streamTitlesFrom(serverId)) {
    if (listed.size > 0 && !anywhere.has(title)) continue;
    known += 1;
    if (!listed.has(title)) vanished += 1;
  }
  if (vanished <= maxShrinkFraction * known) return;
  throw new ReelsyncError(
    'LISTING_SHRUNKEN',
    `Server '${serverId}' lists ${listed.size} ${kind === 'movies' ? 'movies' : 'shows'}; ${vanished} of ${known} that the catalogue has from it are gone. Its listings were not used.`,
    { context: { serverId, vanished, known } },
  );
}

/** Those that cannot be read are listed nevertheless. */
function titlesOf(read: ReadListings | undefined, kind: ListingKind): Titles {
  const titles: RawListings['movies'] = read?.listings[kind] ?? {};
  const unread = read?.unread.filter((title) => title.kind === kind).map(({ title }) => title) ?? [];
  const isTitle = ([title, record]: [string, unknown]): boolean =>
    // The version number shares the namespace of the titles (contract §3.1).
    title !== 'version' || typeof record !== 'number';
  const entries = Object.entries(titles).filter((entry) => isTitle(entry));
  return new Set([...entries.map(([title]) => title), ...unread]);
}
