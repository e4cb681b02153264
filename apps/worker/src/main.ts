import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { loadConfig, type ReelsyncConfig } from '@reelsync/config';
import { enabledIds, ReelsyncError } from '@reelsync/core';
import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { FileServers } from '@reelsync/file-server';
import {
  checkRedis,
  createRedisConnection,
  JOB_CATALOG,
  JobProducer,
  JobRetention,
  type QueueCounts,
  SchedulerSet,
  type QueueName,
  WorkerPresence,
  type WorkerState,
} from '@reelsync/queue';
import { createLogger, limitHeapGrowth, runProcess, type Lifecycle, type Logger } from '@reelsync/runtime';
import { openInbox, openRequests, ScheduleKeeper, schedulesOf } from '@reelsync/sync';
import { composeWorker } from './compose-worker';
import { RunSettler } from './run-settler';
import { mendIntervalMs, ScheduleLoop } from './schedule-loop';

/** Beyond the grace period of running jobs: time to close connections. */
const CLOSE_CONNECTIONS_MS = 2000;

const now = (): Date => new Date();

limitHeapGrowth();
const logger = createLogger({ name: 'reelsync-worker', level: 'info' });

void runProcess({
  logger,
  start: async (lifecycle) => {
    const config = loadConfig({ env: process.env, cwd: process.cwd() });
    logger.level = config.log.level;
    for (const warning of config.warnings) logger.warn({ warning }, 'configuration');
    lifecycle.stopDeadlineMs = config.worker.shutdownGraceMs + CLOSE_CONNECTIONS_MS;
    await start(config, logger, lifecycle);
  },
});

async function start(config: ReelsyncConfig, log: Logger, lifecycle: Lifecycle): Promise<void> {
  const { redis, worker, servers } = config;
  const database = new DatabaseAdapter(
    await connectDatabase({ ...config.database, appName: 'reelsync-worker' }),
  );
  lifecycle.onStop('database', () => database.close());
  for (const problem of (await database.initialize()).problems) log.warn({ problem }, 'index problem');

  const connection = createRedisConnection(redis.url, 'worker');
  const producerConnection = createRedisConnection(redis.url, 'producer');
  lifecycle.onStop('redis', () => {
    connection.disconnect();
    producerConnection.disconnect();
  });
  await refuseEvictingRedis(redis.url);
  const producer = new JobProducer({
    catalog: JOB_CATALOG,
    connection: producerConnection,
    prefix: redis.prefix,
  });
  lifecycle.onStop('producer', () => producer.close());
  const bull = { connection: producerConnection, prefix: redis.prefix };
  const retention = new JobRetention(JOB_CATALOG, bull);
  lifecycle.onStop('retention', () => retention.close());
  const schedulers = new SchedulerSet(bull);
  lifecycle.onStop('schedulers', () => schedulers.close());

  const fileServers = new FileServers({ servers });
  lifecycle.onStop('file servers', () => fileServers.close());
  const settler = new RunSettler({
    runs: database.runs,
    isIdle: async () => isIdle(await producer.counts()),
    logger: log,
    now,
  });
  lifecycle.onStop('runs', () => settler.stop());
  const host = composeWorker({
    config,
    database,
    fileServers,
    producer,
    retention,
    connection,
    settler,
    logger: log,
    now,
  });
  lifecycle.onStop('jobs', async () => {
    const { clean } = await host.close({ graceMs: worker.shutdownGraceMs });
    if (!clean)
      throw new ReelsyncError('JOB_CANCELLED', 'Some jobs did not stop in time; their locks will expire');
  });
  const inbox = openInbox({
    database,
    requests: openRequests({ config, database, producer, now }),
    isQueueReady: () => producerConnection.status === 'ready',
    now,
    onReplayed: ({ id, endpoint, source }, { status }) =>
      log.info({ deliveryId: id, endpoint, source, status }, 'webhook replayed from the inbox'),
    onError: (error) => log.warn({ err: error }, 'the inbox of webhooks cannot be read'),
  });
  lifecycle.onStop('inbox', () => inbox.close());
  await host.start();
  inbox.replay.start();
  settler.start();
  const configured = schedulesOf(config.schedules, enabledIds(servers));
  const keeper = new ScheduleKeeper({
    schedules: configured,
    schedulers,
    states: database.schedules,
    leases: database.leases,
    now,
  });
  const schedules = new ScheduleLoop(keeper, log, mendIntervalMs(configured));
  schedules.start();
  lifecycle.onStop('schedules', () => schedules.stop());
  const presence = new WorkerPresence({
    connection: producerConnection,
    prefix: redis.prefix,
    id: randomUUID(),
    state: () => workerState(fileServers),
    onError: (error) => log.debug({ err: error }, 'could not say that this worker is running'),
  });
  presence.start();
  lifecycle.onStop('presence', () => presence.stop());
  log.info({ servers: servers.map(({ id }) => id), concurrency: worker.concurrency }, 'worker ready');
  process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid })}\n`);
}

/** What the admin API tells of this process. */
function workerState(fileServers: FileServers): WorkerState {
  const servers = fileServers.all().map((adapter) => {
    const { breaker, active, pending, total, failed } = adapter.stats();
    return { serverId: adapter.server.id, breaker, active, pending, total, failed };
  });
  return { worker: `${hostname()}/${process.pid}`, servers };
}

/** A Redis that evicts keys loses locks and jobs in silence: better no worker than such a one. */
async function refuseEvictingRedis(url: string): Promise<void> {
  const { problems } = await checkRedis(url);
  const fatal = problems.find(({ code, blocking }) => blocking && code === 'QUEUE_MISCONFIGURED');
  if (fatal !== undefined) throw new ReelsyncError('QUEUE_MISCONFIGURED', fatal.message);
}

/** Schedules always wait for their time. */
function isIdle(counts: Partial<Record<QueueName, QueueCounts>>): boolean {
  return Object.entries(counts).every(
    ([queue, { waiting, prioritized, delayed, active }]) =>
      queue === 'schedules' || waiting + prioritized + delayed + active === 0,
  );
}
