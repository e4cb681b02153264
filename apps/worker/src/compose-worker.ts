import type { ReelsyncConfig } from '@reelsync/config';
import type { DatabaseAdapter } from '@reelsync/database';
import type { FileServers } from '@reelsync/file-server';
import {
  JOB_CATALOG,
  WorkerHost,
  type JobPayloads,
  type JobProducer,
  type WorkerHostOptions,
} from '@reelsync/queue';
import type { Logger } from '@reelsync/runtime';
import { createSyncEngine, QueueUnitEnqueuer } from '@reelsync/sync';
import { awaitingRuns, closeUnits } from './close-units';
import { libraryScanHandler } from './handlers/library-scan';
import { unitSyncHandlers } from './handlers/unit-sync';
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

/** Wires engine, handlers and host; starts nothing. */
export function composeWorker(parts: WorkerParts): WorkerHost<JobPayloads> {
  const { config, database, fileServers, connection, producer, settler, logger, now } = parts;
  const { lockDurationMs, stalledIntervalMs, concurrency } = config.worker;
  const { runs } = database;
  const { units, scans, children } = createSyncEngine({
    servers: config.servers,
    database,
    fileServers,
    enqueuer: new QueueUnitEnqueuer(producer),
    fieldCleanup: config.sync.fieldCleanup,
    maxShrinkFraction: config.sync.maxShrinkFraction,
    now,
  });
  return new WorkerHost({
    catalog: JOB_CATALOG,
    connection,
    prefix: config.redis.prefix,
    concurrency: { ...concurrency, scans: 1 },
    logger,
    limits: { lockDurationMs, stalledIntervalMs },
    awaitingRuns: awaitingRuns(database.runUnits),
    onSettled: closeUnits({ runs, children, onClosed: settler.nudge }),
    handlers: {
      ...unitSyncHandlers(units),
      'library.scan': libraryScanHandler({ scans, runs, onPlanned: settler.nudge }),
    },
  });
}
