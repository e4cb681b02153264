import type { ReelsyncConfig } from '@reelsync/config';
import { byPrecedence, type ToUrl } from '@reelsync/core';
import type { DatabaseAdapter, ListingKind } from '@reelsync/database';
import {
  ChildUnits,
  createAuthority,
  createFileReader,
  EpisodeSyncService,
  InventoryRefresh,
  movieListing,
  MovieSyncService,
  ParentDesk,
  ScanService,
  SeasonSyncService,
  tvListing,
  TVShowSyncService,
  UnitOrder,
  UnitPlanner,
} from '@reelsync/domain';
import type { FileServers } from '@reelsync/file-server';
import {
  JOB_CATALOG,
  WorkerHost,
  type HandlerMap,
  type JobPayloads,
  type JobProducer,
  type WorkerHostOptions,
} from '@reelsync/queue';
import type { Logger } from '@reelsync/runtime';
import { QueueUnitEnqueuer } from '@reelsync/sync';
import { closeUnits } from './close-units';
import { episodesSyncHandler } from './handlers/episodes-sync';
import { libraryScanHandler } from './handlers/library-scan';
import { movieSyncHandler } from './handlers/movie-sync';
import { seasonSyncHandler } from './handlers/season-sync';
import { showSyncHandler } from './handlers/show-sync';
import type { RunSettler } from './run-settler';

export interface WorkerParts {
  readonly config: ReelsyncConfig;
  readonly database: DatabaseAdapter;
  readonly fileServers: FileServers;
  readonly producer: JobProducer<JobPayloads>;
  readonly connection: WorkerHostOptions<JobPayloads>['connection'];
  readonly settler: RunSettler;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Wires services, handlers and host; starts nothing. */
export function composeWorker(parts: WorkerParts): WorkerHost<JobPayloads> {
  const { config, database, connection, producer, settler, logger, now } = parts;
  const { lockDurationMs, stalledIntervalMs, concurrency } = config.worker;
  const { inventory, gates, runs } = database;
  const enqueuer = new QueueUnitEnqueuer(producer);
  const order = new UnitOrder({ inventory, gates, runs, now });
  return new WorkerHost({
    catalog: JOB_CATALOG,
    connection,
    prefix: config.redis.prefix,
    concurrency: { ...concurrency, scans: 1 },
    logger,
    limits: { lockDurationMs, stalledIntervalMs },
    onSettled: closeUnits({
      runs,
      children: new ChildUnits(order, new UnitPlanner(runs, enqueuer, now)),
      onClosed: settler.nudge,
    }),
    handlers: {
      ...unitHandlers(parts, enqueuer),
      'library.scan': libraryScanHandler({
        scans: scanService(parts, enqueuer, order),
        runs,
        onPlanned: settler.nudge,
      }),
    },
  });
}

function unitHandlers(
  { config, database, fileServers, now }: WorkerParts,
  enqueuer: QueueUnitEnqueuer,
): Omit<HandlerMap<JobPayloads>, 'library.scan'> {
  const { inventory, gates, listings, movies, tvShows: shows, seasons, episodes } = database;
  const servers = byPrecedence(config.servers);
  const toUrl: ToUrl = (server, path) => fileServers.urls.mediaUrl(server, path);
  const parents = new ParentDesk({ inventory, gates, enqueuer, now });
  const common = (listing: ListingKind) => ({
    inventory,
    gates,
    servers,
    readFile: createFileReader(fileServers),
    isAuthoritative: createAuthority(listings, servers, listing),
    fieldCleanup: config.sync.fieldCleanup,
    toUrl,
    now,
  });
  const tv = { ...common('tv'), shows, seasons, episodes, parents };
  return {
    'movie.sync': movieSyncHandler(new MovieSyncService({ ...common('movies'), movies })),
    'show.sync': showSyncHandler(new TVShowSyncService(tv)),
    'season.sync': seasonSyncHandler(new SeasonSyncService(tv)),
    'episodes.sync': episodesSyncHandler(new EpisodeSyncService(tv)),
  };
}

function scanService(
  { config, database, fileServers, now }: WorkerParts,
  enqueuer: QueueUnitEnqueuer,
  order: UnitOrder,
): ScanService {
  const { inventory, gates, listings, runs } = database;
  const { maxShrinkFraction } = config.sync;
  const refresh = { inventory, listings, maxShrinkFraction, now };
  return new ScanService({
    servers: config.servers,
    fileServers,
    refreshes: [
      new InventoryRefresh({ ...refresh, source: movieListing }),
      new InventoryRefresh({ ...refresh, source: tvListing }),
    ],
    inventory,
    gates,
    listings,
    runs,
    holds: database.serverHolds,
    enqueuer,
    order,
    now,
  });
}
