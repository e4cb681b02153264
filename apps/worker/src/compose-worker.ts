import type { ReelsyncConfig } from '@reelsync/config';
import { byPrecedence } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';
import {
  createAuthority,
  createFileReader,
  InventoryRefresh,
  MovieSyncService,
  ScanService,
} from '@reelsync/domain';
import type { FileServers } from '@reelsync/file-server';
import {
  JOB_CATALOG,
  WorkerHost,
  type JobPayloads,
  type JobProducer,
  type WorkerHostOptions,
} from '@reelsync/queue';
import type { Logger } from '@reelsync/runtime';
import { QueueUnitEnqueuer } from '@reelsync/sync';
import { closeUnits } from './close-units';
import { libraryScanHandler } from './handlers/library-scan';
import { movieSyncHandler } from './handlers/movie-sync';
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
  const { config, database, connection, settler, logger } = parts;
  const { lockDurationMs, stalledIntervalMs, concurrency } = config.worker;
  return new WorkerHost({
    catalog: JOB_CATALOG,
    connection,
    prefix: config.redis.prefix,
    concurrency: { ...concurrency, scans: 1 },
    logger,
    limits: { lockDurationMs, stalledIntervalMs },
    onSettled: closeUnits(database.runs, settler.nudge),
    handlers: {
      'movie.sync': movieSyncHandler(movieService(parts)),
      'library.scan': libraryScanHandler({
        scans: scanService(parts),
        runs: database.runs,
        onPlanned: settler.nudge,
      }),
    },
  });
}

function movieService({ config, database, fileServers, now }: WorkerParts): MovieSyncService {
  const servers = byPrecedence(config.servers);
  return new MovieSyncService({
    movies: database.movies,
    inventory: database.inventory,
    gates: database.gates,
    servers,
    readFile: createFileReader(fileServers),
    isAuthoritative: createAuthority(database.listings, servers),
    fieldCleanup: config.sync.fieldCleanup,
    toUrl: (server, path) => fileServers.urls.mediaUrl(server, path),
    now,
  });
}

function scanService({ config, database, fileServers, producer, now }: WorkerParts): ScanService {
  const { inventory, gates, listings, runs } = database;
  const { maxShrinkFraction } = config.sync;
  return new ScanService({
    servers: config.servers,
    fileServers,
    refresh: new InventoryRefresh({ inventory, listings, maxShrinkFraction, now }),
    inventory,
    gates,
    listings,
    runs,
    enqueuer: new QueueUnitEnqueuer(producer),
    now,
  });
}
