import type { ReelsyncConfig } from '@reelsync/config';
import { enabledIds } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';
import type { FileServers } from '@reelsync/file-server';
import {
  JOB_CATALOG,
  WorkerHost,
  type JobPayloads,
  type JobProducer,
  type JobRetention,
  type WorkerHostOptions,
} from '@reelsync/queue';
import type { Logger } from '@reelsync/runtime';
import {
  createSyncEngine,
  ListedFirst,
  openRequests,
  QueueUnitEnqueuer,
  ScheduleRunner,
  schedulesOf,
  Sweep,
  TitleWatcher,
} from '@reelsync/sync';
import { awaitingRuns, closeUnits } from './close-units';
import { libraryScanHandler } from './handlers/library-scan';
import { scheduleTriggerHandler } from './handlers/schedule-trigger';
import { titleWatchHandler } from './handlers/title-watch';
import { unitSyncHandlers } from './handlers/unit-sync';
import { webhookStoreHandler } from './handlers/webhook-store';
import type { RunSettler } from './run-settler';
import { ScanClaims } from './scan-claims';

export interface WorkerParts {
  readonly config: ReelsyncConfig;
  readonly database: DatabaseAdapter;
  readonly fileServers: FileServers;
  readonly producer: JobProducer<JobPayloads>;
  readonly retention: JobRetention<JobPayloads>;
  readonly connection: WorkerHostOptions<JobPayloads>['connection'];
  readonly settler: RunSettler;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Ticks of different schedules that run side by side in one worker; none of them works for long. */
const SCHEDULE_CONCURRENCY = 4;

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
  const watcher = new TitleWatcher({ database, producer, now });
  const claims = new ScanClaims(runs);
  const listedFirst = new ListedFirst({ runs, producer, now, listingMaxAgeMs: config.sync.listingMaxAgeMs });
  return new WorkerHost({
    catalog: JOB_CATALOG,
    connection,
    prefix: config.redis.prefix,
    concurrency: { ...concurrency, schedules: SCHEDULE_CONCURRENCY },
    logger,
    limits: { lockDurationMs, stalledIntervalMs },
    awaitingRuns: awaitingRuns(database.runUnits),
    onSettled: closeUnits({
      runs,
      claims,
      children,
      listedFirst,
      watcher,
      onClosed: settler.nudge,
    }),
    handlers: {
      ...unitSyncHandlers(units),
      'library.scan': libraryScanHandler({ scans, claims, listedFirst, onPlanned: settler.nudge }),
      'title.watch': titleWatchHandler(watcher),
      'webhook.store': webhookStoreHandler({ holds: database.serverHolds, deliveries: database.deliveries }),
      'schedule.trigger': scheduleTriggerHandler(
        scheduleRunner(parts, watcher, listedFirst),
        claims,
        settler.nudge,
      ),
    },
  });
}

function scheduleRunner(
  { config, database, producer, retention, now }: WorkerParts,
  watcher: TitleWatcher,
  listedFirst: ListedFirst,
): ScheduleRunner {
  const serverIds = enabledIds(config.servers);
  return new ScheduleRunner({
    schedules: schedulesOf(config.schedules, serverIds),
    serverIds,
    states: database.schedules,
    runs: database.runs,
    leases: database.leases,
    website: database.website,
    requests: openRequests({ config, database, producer, now }),
    sweep: new Sweep({
      database,
      producer,
      listedFirst,
      watcher,
      minAgeMs: config.schedules.sweepMinAgeMs,
      now,
    }),
    retention,
    now,
  });
}
