import { toReelsyncError, type Operation, type UnitKind } from '@reelsync/core';
import type { ConnectionInfo, DatabaseAdapter, DatabaseHealth, DatabaseStats } from '@reelsync/database';
import { dirtyUnits } from '@reelsync/domain';
import type { CacheStats, FileServers } from '@reelsync/file-server';
import type { JobPayloads, JobProducer, QueueCounts, QueueName } from '@reelsync/queue';
import type { ResourceManager, ResourceStats } from './resource-manager';

/** Documents of one kind. */
export interface KindStats {
  readonly total: number;
  /** Units that differ from what the servers listed last: episodes count once per season. */
  readonly needingSync: number;
  /** Written in the last 24 hours. */
  readonly recentlyUpdated: number;
  /** Documents that have what the operation is there for: metadata, an image, a video, a preview. */
  readonly byOperation: Readonly<Partial<Record<Operation, number>>>;
}

export type QueueStats =
  | { readonly available: true; readonly queues: Partial<Record<QueueName, QueueCounts>> }
  | { readonly available: false; readonly code: string; readonly message: string };

export interface SyncStats {
  readonly system: {
    readonly initialized: boolean;
    /** Of the process, in seconds. */
    readonly uptime: number;
    /** Bytes. */
    readonly memoryUsage: NodeJS.MemoryUsage;
  };
  readonly resources: ResourceStats;
  readonly database: DatabaseStats & {
    readonly connection: ConnectionInfo;
    readonly health: DatabaseHealth;
  };
  readonly movies: KindStats & { readonly totalMovies: number };
  readonly shows: KindStats;
  readonly seasons: KindStats;
  readonly episodes: KindStats;
  /** Answers about URLs and bodies of files that this process keeps. */
  readonly cache: {
    readonly urlCacheSize: number;
    readonly availabilityCacheSize: number;
    readonly urlCacheBytes: number;
  };
  readonly queues: QueueStats;
}

export interface SyncStatsSources {
  readonly database: DatabaseAdapter;
  readonly producer: () => Pick<JobProducer<JobPayloads>, 'counts'>;
  readonly resourceManager: Pick<ResourceManager, 'stats'>;
  readonly fileServers: () => readonly FileServers[];
  readonly now: () => Date;
}

type Presence = Readonly<Partial<Record<Operation, string>>>;

/** The field that tells whether an operation has given a document what it is there for. */
const PRESENCE: Readonly<Record<UnitKind, Presence>> = {
  movie: { metadata: 'metadata', assets: 'posterURL', content: 'videoURL', blurhash: 'posterBlurhash' },
  show: { metadata: 'metadata', assets: 'posterURL', blurhash: 'posterBlurhash' },
  season: { metadata: 'metadata', assets: 'posterURL', blurhash: 'posterBlurhash' },
  episodes: { metadata: 'metadata', assets: 'thumbnail', content: 'videoURL', blurhash: 'thumbnailBlurhash' },
};

/** Everything that can be counted (B-10). A Redis that is down is an answer: direct mode needs none. */
export async function collectSyncStats(sources: SyncStatsSources): Promise<SyncStats> {
  const { database, resourceManager } = sources;
  const stats = await database.getStats();
  const [health, movies, shows, seasons, episodes, queues] = await Promise.all([
    database.healthCheck(),
    kindStats(sources, 'movie', stats.movies),
    kindStats(sources, 'show', stats.tvShows),
    kindStats(sources, 'season', stats.seasons),
    kindStats(sources, 'episodes', stats.episodes),
    queueStats(sources),
  ]);
  return {
    system: { initialized: true, uptime: process.uptime(), memoryUsage: process.memoryUsage() },
    resources: resourceManager.stats(),
    database: { ...stats, connection: database.getConnectionInfo(), health },
    movies: { totalMovies: movies.total, ...movies },
    shows,
    seasons,
    episodes,
    cache: cacheStats(sources),
    queues,
  };
}

async function kindStats(
  { database, now }: SyncStatsSources,
  kind: UnitKind,
  { totalCount, recentlyModified }: { readonly totalCount: number; readonly recentlyModified: number },
): Promise<KindStats> {
  const { movies, tvShows, seasons, episodes } = database;
  const repository = { movie: movies, show: tvShows, season: seasons, episodes }[kind];
  const [needingSync, byOperation] = await Promise.all([
    countDirty(database, kind, now()),
    Promise.all(
      Object.entries(PRESENCE[kind]).map(
        async ([operation, field]) => [operation, await repository.countPresent(field)] as const,
      ),
    ),
  ]);
  return {
    total: totalCount,
    needingSync,
    recentlyUpdated: recentlyModified,
    byOperation: Object.fromEntries(byOperation),
  };
}

/** Costs as much as there is to do, not as the library is large. */
async function countDirty(database: DatabaseAdapter, kind: UnitKind, at: Date): Promise<number> {
  const keys = new Set<string>();
  for await (const unit of dirtyUnits(database, kind, at))
    keys.add('season' in unit ? `${unit.season}/${unit.title}` : unit.title);
  return keys.size;
}

async function queueStats({ producer }: SyncStatsSources): Promise<QueueStats> {
  try {
    return { available: true, queues: await producer().counts() };
  } catch (error) {
    const { code, message } = toReelsyncError(error);
    return { available: false, code, message };
  }
}

function cacheStats({ fileServers }: SyncStatsSources): SyncStats['cache'] {
  const caches = fileServers().flatMap((servers) => servers.all().map((adapter) => adapter.cacheStats()));
  const total = (count: (cache: CacheStats) => number) =>
    caches.reduce((sum, cache) => sum + count(cache), 0);
  return {
    urlCacheSize: total(({ files }) => files),
    urlCacheBytes: total(({ fileBytes }) => fileBytes),
    availabilityCacheSize: total(({ availability }) => availability),
  };
}
