import type { UnitKind } from '@reelsync/core';
import type { DatabaseAdapter, DocumentName } from '@reelsync/database';
import { dirtyUnits } from '@reelsync/domain';

export const CONTENT_KINDS = ['movies', 'tvShows', 'seasons', 'episodes'] as const;
export type ContentKind = (typeof CONTENT_KINDS)[number];

export interface NeedingSyncQuery {
  /** Default: all four. */
  readonly mediaTypes?: readonly ContentKind[];
  /** Also what was last written before. */
  readonly olderThan?: Date;
  /** Also what lacks an image. */
  readonly missingAssets?: boolean;
  /** Items of each kind; default 100. */
  readonly limit?: number;
}

/** `dirty`: what the servers listed last has not been applied yet. */
export type NeedReason =
  | 'dirty'
  | 'missing-video'
  | 'missing-poster'
  | 'missing-backdrop'
  | 'missing-logo'
  | 'missing-thumbnail'
  | 'old';

/** Something that should be looked at; a season's dirty episodes are one item without an episode number. */
export interface NeedingSync {
  /** Folder name: what `syncMovies`, `syncTVShows` and `reelsync enqueue` take. */
  readonly title: string;
  readonly season?: number;
  readonly episode?: number;
  readonly displayTitle?: string;
  readonly lastSynced?: Date;
  readonly reasons: readonly NeedReason[];
}

export type ContentNeedingSync = Readonly<Record<ContentKind, readonly NeedingSync[]>>;

type Missing = readonly (readonly [field: string, reason: NeedReason])[];

interface KindQuery {
  readonly unit: UnitKind;
  /** A title without a video cannot be watched. */
  readonly always: Missing;
  readonly assets: Missing;
}

const QUERIES: Readonly<Record<ContentKind, KindQuery>> = {
  movies: {
    unit: 'movie',
    always: [['videoURL', 'missing-video']],
    assets: [
      ['posterURL', 'missing-poster'],
      ['backdrop', 'missing-backdrop'],
      ['logo', 'missing-logo'],
    ],
  },
  tvShows: {
    unit: 'show',
    always: [],
    assets: [
      ['posterURL', 'missing-poster'],
      ['backdrop', 'missing-backdrop'],
      ['logo', 'missing-logo'],
    ],
  },
  seasons: { unit: 'season', always: [], assets: [['posterURL', 'missing-poster']] },
  episodes: {
    unit: 'episodes',
    always: [['videoURL', 'missing-video']],
    assets: [['thumbnail', 'missing-thumbnail']],
  },
};

const DEFAULT_LIMIT = 100;

/** Every condition is a query of its own over an index, so the cost is that of the answer. */
export async function findNeedingSync(
  database: DatabaseAdapter,
  { mediaTypes = CONTENT_KINDS, limit = DEFAULT_LIMIT, olderThan, missingAssets = false }: NeedingSyncQuery,
  now: Date,
): Promise<ContentNeedingSync> {
  const find = (kind: ContentKind): Promise<readonly NeedingSync[]> => {
    if (!mediaTypes.includes(kind)) return Promise.resolve([]);
    const needs = { kind, limit, missingAssets, ...(olderThan === undefined ? {} : { olderThan }) };
    return findOfKind(database, needs, now);
  };
  const [movies, tvShows, seasons, episodes] = await Promise.all([
    find('movies'),
    find('tvShows'),
    find('seasons'),
    find('episodes'),
  ]);
  return { movies, tvShows, seasons, episodes };
}

interface Needs {
  readonly kind: ContentKind;
  readonly limit: number;
  readonly missingAssets: boolean;
  readonly olderThan?: Date;
}

async function findOfKind(
  database: DatabaseAdapter,
  { kind, limit, missingAssets, olderThan }: Needs,
  now: Date,
): Promise<NeedingSync[]> {
  const { unit, always, assets } = QUERIES[kind];
  const repository = database[kind];
  const byReason: (readonly [NeedReason, readonly DocumentName[]])[] = await Promise.all([
    ...[...always, ...(missingAssets ? assets : [])].map(
      async ([field, reason]) => [reason, await repository.findNamesWithout(field, limit)] as const,
    ),
    ...(olderThan === undefined
      ? []
      : [repository.findNamesOlderThan(olderThan, limit).then((names) => ['old', names] as const)]),
  ]);
  const folders = await showFolders(
    database,
    byReason.flatMap(([, names]) => names),
  );
  const items = new Map<string, NeedingSync>();
  for (const item of await findDirty(database, unit, limit, now)) merge(items, item);
  for (const [reason, names] of byReason)
    for (const name of names) for (const item of itemOf(name, reason, folders)) merge(items, item);
  return [...items.values()].sort(byName).slice(0, limit);
}

async function findDirty(
  database: DatabaseAdapter,
  kind: UnitKind,
  limit: number,
  now: Date,
): Promise<NeedingSync[]> {
  const dirty: NeedingSync[] = [];
  for await (const unit of dirtyUnits(database, kind, now)) {
    dirty.push({
      title: unit.title,
      ...('season' in unit ? { season: unit.season } : {}),
      reasons: ['dirty'],
    });
    if (dirty.length >= limit) break;
  }
  return dirty;
}

/** Seasons and episodes are found by the folder name of their show; their own documents hold its id. */
function showFolders(
  { tvShows }: DatabaseAdapter,
  names: readonly DocumentName[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map(
    names.flatMap(({ showId }) => (showId === undefined ? [] : [[String(showId), showId]])),
  );
  return ids.size === 0 ? Promise.resolve(new Map()) : tvShows.folderNames([...ids.values()]);
}

/** None for a child whose show is gone: there is no title to sync. */
function itemOf(
  { title: displayTitle, originalTitle, showId, seasonNumber, episodeNumber, lastSynced }: DocumentName,
  reason: NeedReason,
  folders: ReadonlyMap<string, string>,
): NeedingSync[] {
  const title = showId === undefined ? originalTitle : folders.get(String(showId));
  if (title === undefined) return [];
  return [
    {
      title,
      ...(seasonNumber === undefined ? {} : { season: seasonNumber }),
      ...(episodeNumber === undefined ? {} : { episode: episodeNumber }),
      ...(displayTitle === undefined ? {} : { displayTitle }),
      ...(lastSynced === undefined ? {} : { lastSynced }),
      reasons: [reason],
    },
  ];
}

function merge(items: Map<string, NeedingSync>, item: NeedingSync): void {
  const key = JSON.stringify([item.title, item.season, item.episode]);
  const known = items.get(key);
  const reasons = [...new Set([...(known?.reasons ?? []), ...item.reasons])];
  items.set(key, { ...known, ...item, reasons });
}

function byName(a: NeedingSync, b: NeedingSync): number {
  if (a.title !== b.title) return a.title < b.title ? -1 : 1;
  return (a.season ?? -1) - (b.season ?? -1) || (a.episode ?? -1) - (b.episode ?? -1);
}
