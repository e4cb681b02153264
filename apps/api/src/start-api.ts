import { randomBytes } from 'node:crypto';

import { createAdmin } from '@reelsync/admin';
import type { ReelsyncConfig } from '@reelsync/config';
import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { checkRedis, createQueues, createRedisConnection, JOB_CATALOG, JobProducer } from '@reelsync/queue';
import type { Lifecycle, Logger } from '@reelsync/runtime';
import { EventFeed, openRequests } from '@reelsync/sync';

import { buildApp } from './app';
import { EventStreams } from './events/event-streams';
import { HttpListener } from './http-listener';
import { RedisLog } from './redis-log';
import { openWebhooks } from './webhooks/open-webhooks';

/** Requests must not wait longer for MongoDB than this; the driver's usual patience is for workers. */
const SERVER_SELECTION_TIMEOUT_MS = 2000;

export interface ApiContext {
  readonly config: ReelsyncConfig;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  /** Told the password that was made up because none is configured. */
  readonly onMadeUpPassword: (user: string, password: string) => void;
}

/** Connects everything, listens, and registers what has to be stopped. Resolves to the URL. */
export async function startApi({ config, lifecycle, logger, onMadeUpPassword }: ApiContext): Promise<string> {
  for (const warning of config.warnings) logger.warn({ warning }, 'configuration');
  const database = await openDatabase(config, lifecycle);
  // Replays are told by a unique index, and the API may be the first process to come.
  for (const problem of (await database.initialize()).problems) logger.warn({ problem }, 'index problem');
  const { producer, redis, board, onRedisError } = openQueues(config, lifecycle, logger);
  const webhooks = openWebhooks({
    database,
    requests: openRequests({ config, database, producer }),
    producer,
    isQueueReady: () => redis.status === 'ready',
    lifecycle,
    logger,
  });
  const admin = createAdmin({
    config,
    database,
    producer,
    bull: { connection: redis, prefix: config.redis.prefix, onError: onRedisError },
  });
  lifecycle.onStop('admin', () => admin.close());
  const feed = openFeed({ config, lifecycle, logger }, database, onRedisError);
  const streams = new EventStreams({
    source: feed,
    maxStreams: config.events.maxStreams,
    onDropped: () => logger.info('an event stream was dropped: its client does not read'),
  });
  const app = await buildApp({
    config,
    webhooks,
    probes: { database: () => database.healthCheck(), redis: () => checkRedis(redis) },
    board,
    admin: admin.handlers,
    audit: database.audit,
    endedSessions: database.endedSessions,
    runs: database.runs,
    feed,
    streams,
    secrets: secretsOf(config.api, onMadeUpPassword),
    logger,
  });
  const listener = await HttpListener.listen(app, config.api);
  lifecycle.onStop('http', () => listener.close());
  // Before the listener, which waits for answers under way: these would never end.
  lifecycle.onStop('event streams', () => streams.close());
  logger.info({ url: listener.url }, 'listening');
  return listener.url;
}

async function openDatabase({ database }: ReelsyncConfig, lifecycle: Lifecycle): Promise<DatabaseAdapter> {
  const connection = await connectDatabase({
    ...database,
    serverSelectionTimeoutMs: Math.min(database.serverSelectionTimeoutMs, SERVER_SELECTION_TIMEOUT_MS),
    appName: 'reelsync-api',
  });
  const adapter = new DatabaseAdapter(connection);
  lifecycle.onStop('database', () => adapter.close());
  return adapter;
}

/** Two connections: requests fail fast when Redis is down, that of the board comes back by itself afterwards. */
function openQueues({ redis: { url, prefix } }: ReelsyncConfig, lifecycle: Lifecycle, logger: Logger) {
  const { onError, onReady } = new RedisLog(logger);
  const redis = createRedisConnection(url, 'producer', { onError });
  const boardRedis = createRedisConnection(url, 'worker', { onError });
  boardRedis.on('ready', onReady);
  const producer = new JobProducer({ catalog: JOB_CATALOG, connection: redis, prefix, onError });
  const queues = createQueues({ connection: boardRedis, prefix, onError });
  lifecycle.onStop('redis', () => {
    redis.disconnect();
    boardRedis.disconnect();
  });
  lifecycle.onStop('queues', async () => {
    await Promise.all([producer.close(), ...Object.values(queues).map((queue) => queue.close())]);
  });
  const isConnected = () => boardRedis.status === 'ready';
  return { producer, redis, board: { queues, isConnected }, onRedisError: onError };
}

/** What all processes do, as events; at level `debug` the log shows them too. */
function openFeed(
  { config, lifecycle, logger }: Pick<ApiContext, 'config' | 'lifecycle' | 'logger'>,
  database: DatabaseAdapter,
  onError: RedisLog['onError'],
): EventFeed {
  const feed = new EventFeed({ ...config.redis, ...config.events, database, onError });
  feed.bus.subscribeToAll((event) => logger.debug({ event }, 'sync event'));
  // Not awaited: a Redis that is down must not hold up the start.
  void feed.start();
  lifecycle.onStop('events', () => feed.close());
  return feed;
}

function secretsOf(api: ReelsyncConfig['api'], onMadeUpPassword: ApiContext['onMadeUpPassword']) {
  const adminPassword = api.adminPassword ?? randomBytes(15).toString('base64url');
  if (api.adminPassword === undefined) onMadeUpPassword(api.adminUser, adminPassword);
  return { adminPassword, sessionSecret: api.sessionSecret ?? randomBytes(32).toString('base64url') };
}
