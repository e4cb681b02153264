import { byPrecedence, type MediaServer, type ToUrl } from '@reelsync/core';
import type { DatabaseAdapter, ListingKind, RunRepository } from '@reelsync/database';
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
  type Refresh,
  type UnitEnqueuer,
  type UnitReconcilerOptions,
} from '@reelsync/domain';
import type { FileServers } from '@reelsync/file-server';
import { SyncUnits } from './sync-units';

export interface SyncEngineOptions {
  readonly servers: readonly MediaServer[];
  readonly database: EngineDatabase;
  readonly fileServers: FileServers;
  /** Where dirty units and their parents go: a queue, or this process. */
  readonly enqueuer: UnitEnqueuer;
  readonly fieldCleanup: UnitReconcilerOptions['fieldCleanup'];
  /** Share of its titles that a listing may lose and still be believed. */
  readonly maxShrinkFraction: number;
  readonly now: () => Date;
}

/** What the engine notes about runs; a process that works for itself alone may keep it in memory. */
export type RunLedger = Pick<
  RunRepository,
  | 'plan'
  | 'finishUnit'
  | 'findOpen'
  | 'findOpenChildren'
  | 'findRunning'
  | 'skipOpen'
  | 'recordServers'
  | 'donePlanning'
>;

export type EngineDatabase = Pick<
  DatabaseAdapter,
  | 'inventory'
  | 'gates'
  | 'listings'
  | 'leases'
  | 'serverHolds'
  | 'titleWatches'
  | 'movies'
  | 'tvShows'
  | 'seasons'
  | 'episodes'
> & { readonly runs: RunLedger };

/** The domain, wired: what brings one unit up to date, what finds the units, and in which order they start. */
export interface SyncEngine {
  readonly units: SyncUnits;
  /** Brings the inventory of one listing up to date. */
  readonly refreshes: Readonly<Record<ListingKind, Refresh>>;
  readonly scans: ScanService;
  readonly order: UnitOrder;
  readonly children: ChildUnits;
}

/** The one composition that workers, direct mode and benchmarks share; starts nothing. */
export function createSyncEngine(options: SyncEngineOptions): SyncEngine {
  const { database, enqueuer, now } = options;
  const { inventory, gates, runs } = database;
  const order = new UnitOrder({ inventory, gates, runs, now });
  const services = unitServices(options);
  const refreshes = listingRefreshes(options);
  return {
    units: new SyncUnits(services),
    refreshes,
    scans: scanService(options, order, refreshes, services.shows),
    order,
    children: new ChildUnits(order, new UnitPlanner(runs, enqueuer, now), runs),
  };
}

function unitServices({ database, fileServers, enqueuer, fieldCleanup, now, ...options }: SyncEngineOptions) {
  const { inventory, gates, listings, movies, tvShows: shows, seasons, episodes } = database;
  const servers = byPrecedence(options.servers);
  const toUrl: ToUrl = (server, path) => fileServers.urls.mediaUrl(server, path);
  const parents = new ParentDesk({ inventory, gates, enqueuer, now });
  const common = (listing: ListingKind) => ({
    inventory,
    gates,
    servers,
    readFile: createFileReader(fileServers),
    isAuthoritative: createAuthority(listings, servers, listing),
    fieldCleanup,
    toUrl,
    now,
  });
  const tv = { ...common('tv'), shows, seasons, episodes, parents };
  return {
    movies: new MovieSyncService({ ...common('movies'), movies }),
    shows: new TVShowSyncService(tv),
    seasons: new SeasonSyncService(tv),
    episodes: new EpisodeSyncService(tv),
  };
}

function listingRefreshes({ database, maxShrinkFraction, now }: SyncEngineOptions): SyncEngine['refreshes'] {
  const { inventory, listings } = database;
  const common = { inventory, listings, maxShrinkFraction, now };
  return {
    movies: new InventoryRefresh({ ...common, source: movieListing }),
    tv: new InventoryRefresh({ ...common, source: tvListing }),
  };
}

function scanService(
  { servers, database, fileServers, enqueuer, now }: SyncEngineOptions,
  order: UnitOrder,
  { movies, tv }: SyncEngine['refreshes'],
  shows: TVShowSyncService,
): ScanService {
  const { inventory, gates, listings, leases, runs } = database;
  return new ScanService({
    servers,
    fileServers,
    refreshes: [movies, tv],
    inventory,
    gates,
    listings,
    leases,
    runs,
    holds: database.serverHolds,
    watches: database.titleWatches,
    enqueuer,
    order,
    shows,
    now,
  });
}
