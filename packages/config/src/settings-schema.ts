import { z } from 'zod';

import {
  apiTokens,
  boolean,
  databaseName,
  fraction,
  integer,
  mongodbUri,
  redisUrl,
  secret,
  setting,
  token,
  webhookIdList,
  words,
} from './values';
import { SCHEDULE, schedule, timeZone } from './schedule-values';

const MS_PER_HOUR = 3_600_000;

/** The longest time that Node.js can wait; above it, a timer fires at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** For timers: below a second the lock renewals themselves become the load. */
function milliseconds(min: number) {
  return integer(min, MS_PER_HOUR);
}

const database = z.strictObject({
  uri: setting(mongodbUri(), {
    env: 'MONGODB_URI',
    secret: true,
    expected: 'a mongodb:// or mongodb+srv:// URI with percent-encoded credentials',
    meaning: 'Where MongoDB is.',
  }),
  catalogueName: setting(databaseName().default('Media'), {
    env: 'MONGODB_CATALOGUE_NAME',
    expected: 'a MongoDB database name',
    meaning: 'Database with the collections that the website reads.',
  }),
  stateName: setting(databaseName().default('Reelsync'), {
    env: 'MONGODB_STATE_NAME',
    expected: 'a MongoDB database name',
    meaning: 'Database with the inventory, gates and runs.',
  }),
  settingsName: setting(databaseName().default('app_config'), {
    env: 'MONGODB_SETTINGS_NAME',
    expected: 'a MongoDB database name',
    meaning: "Database with the website's settings; its switch autoSync holds scheduled scans back.",
  }),
  minPoolSize: setting(integer(0, 10_000).default(10), {
    env: 'MONGODB_MIN_POOL_SIZE',
    expected: 'an integer from 0 to 10000',
    meaning: 'Connections that each process keeps open.',
  }),
  maxPoolSize: setting(integer(1, 10_000).default(100), {
    env: 'MONGODB_MAX_POOL_SIZE',
    expected: 'an integer from 1 to 10000, not below the minimum pool size',
    meaning: 'Connections that each process opens at most.',
  }),
  maxIdleTimeMs: setting(integer(0, Number.MAX_SAFE_INTEGER).default(60_000), {
    env: 'MONGODB_MAX_IDLE_TIME_MS',
    expected: 'milliseconds, an integer from 0',
    meaning: 'An idle connection is closed after this time; 0 means never.',
  }),
  serverSelectionTimeoutMs: setting(integer(100, MAX_TIMER_MS).default(10_000), {
    env: 'MONGODB_SERVER_SELECTION_TIMEOUT_MS',
    expected: 'milliseconds, an integer from 100 to 2147483647',
    meaning: 'How long an operation waits for a reachable MongoDB.',
  }),
});

const redis = z.strictObject({
  url: setting(redisUrl().default('redis://127.0.0.1:6379'), {
    env: 'REDIS_URL',
    secret: true,
    expected: 'a redis:// or rediss:// URL with percent-encoded credentials',
    meaning: 'Where Redis is.',
  }),
  prefix: setting(token().default('reelsync'), {
    env: 'REDIS_PREFIX',
    expected: 'text without white space',
    meaning: 'First part of every Redis key; braces keep all keys in one slot of a cluster.',
  }),
});

const worker = z.strictObject({
  concurrency: z.strictObject({
    movies: setting(integer(1, 1000).default(50), {
      env: 'SYNC_CONCURRENCY',
      expected: 'an integer from 1 to 1000',
      meaning: 'Movie jobs that one worker runs at a time.',
    }),
    shows: setting(integer(1, 1000).default(20), {
      env: 'SYNC_SHOW_CONCURRENCY',
      expected: 'an integer from 1 to 1000',
      meaning: 'Show jobs that one worker runs at a time.',
    }),
    seasons: setting(integer(1, 1000).default(20), {
      env: 'SYNC_SEASON_CONCURRENCY',
      expected: 'an integer from 1 to 1000',
      meaning: 'Season jobs that one worker runs at a time.',
    }),
    episodes: setting(integer(1, 1000).default(10), {
      env: 'SYNC_EPISODE_CONCURRENCY',
      expected: 'an integer from 1 to 1000',
      meaning: 'Jobs for the episodes of a season that one worker runs at a time.',
    }),
    scans: setting(integer(1, 100).default(4), {
      env: 'SYNC_SCAN_CONCURRENCY',
      expected: 'an integer from 1 to 100',
      meaning: 'Scans that one worker runs at a time; of one server there is never more than one.',
    }),
  }),
  lockDurationMs: setting(milliseconds(1000).default(30_000), {
    env: 'WORKER_LOCK_DURATION_MS',
    expected: 'milliseconds, an integer from 1000 to 3600000',
    meaning: 'A job whose lock is not renewed for this time counts as stalled.',
  }),
  stalledIntervalMs: setting(milliseconds(1000).default(30_000), {
    env: 'WORKER_STALLED_INTERVAL_MS',
    expected: 'milliseconds, an integer from 1000 to 3600000',
    meaning: 'How often a worker looks for stalled jobs.',
  }),
  shutdownGraceMs: setting(milliseconds(0).default(8000), {
    env: 'WORKER_SHUTDOWN_GRACE_MS',
    expected: 'milliseconds, an integer from 0 to 3600000',
    meaning: 'Time for running jobs to finish when the worker is stopped; then they are put back.',
  }),
});

const api = z.strictObject({
  host: setting(token().default('127.0.0.1'), {
    env: 'API_HOST',
    expected: 'a host name or an IP address',
    meaning: 'Address that the API listens on; `0.0.0.0` for all.',
  }),
  port: setting(integer(0, 65_535).default(3300), {
    env: 'API_PORT',
    expected: 'a port, an integer from 0 to 65535',
    meaning: 'Port that the API listens on; 0 picks a free one.',
  }),
  adminUser: setting(token().default('admin'), {
    env: 'API_ADMIN_USER',
    expected: 'text without white space',
    meaning: 'User name for the queue dashboard.',
  }),
  adminPassword: setting(secret(8).optional(), {
    env: 'API_ADMIN_PASSWORD',
    secret: true,
    expected: 'at least 8 characters',
    meaning: 'Password for the queue dashboard; without one, each start makes one up and prints it.',
  }),
  tokens: setting(apiTokens().default([]), {
    env: 'API_TOKENS',
    secret: true,
    expected: 'NAME:TOKEN or NAME:sha256:HEX, by commas; 24 characters or more',
    meaning: 'Tokens for the admin API; the name says in the records who did something.',
  }),
  sessionSecret: setting(secret(16).optional(), {
    env: 'API_SESSION_SECRET',
    secret: true,
    expected: 'at least 16 characters',
    meaning: 'Signs the session cookies; without one, sessions end with the process.',
  }),
  secureCookies: setting(boolean().default(false), {
    env: 'API_SECURE_COOKIES',
    expected: 'true or false',
    meaning: 'Send the session cookie over HTTPS only; set it when the API is reached by HTTPS.',
  }),
  trustProxy: setting(integer(0, 10).default(0), {
    env: 'API_TRUST_PROXY',
    expected: 'an integer from 0 to 10',
    meaning: 'Number of reverse proxies in front of the API whose X-Forwarded headers are believed.',
  }),
  bodyLimitBytes: setting(integer(1024, 100 * 1024 * 1024).default(1024 * 1024), {
    env: 'API_BODY_LIMIT_BYTES',
    expected: 'an integer from 1024 to 104857600',
    meaning: 'Longest request body that is accepted.',
  }),
});

const events = z.strictObject({
  historySize: setting(integer(100, 1_000_000).default(20_000), {
    env: 'EVENTS_HISTORY_SIZE',
    expected: 'an integer from 100 to 1000000',
    meaning: 'Events that Redis keeps, for those who resume; about half a kilobyte each.',
  }),
  maxStreams: setting(integer(1, 100_000).default(500), {
    env: 'EVENTS_MAX_STREAMS',
    expected: 'an integer from 1 to 100000',
    meaning: 'Event streams that an API process serves at a time.',
  }),
});

const sync = z.strictObject({
  engine: setting(words({ queue: [], flat: [] }).default('queue'), {
    env: 'SYNC_ENGINE',
    expected: 'queue or flat',
    meaning:
      'How `reelsync sync` works: by a scan on the queue, or title by title in its own process, without Redis. Webhooks always use the queue.',
  }),
  fieldCleanup: setting(
    words({
      enforce: ['on', 'true', '1', 'yes', 'enabled'],
      'dry-run': ['dry_run', 'dryrun', 'dry', 'log'],
      off: ['false', '0', 'no', 'none', 'disabled'],
    }).default('enforce'),
    {
      env: 'SYNC_FIELD_CLEANUP',
      envOtherwise: 'enforce',
      expected: 'enforce, dry-run or off',
      meaning:
        'Clear fields that no server provides any more; `dry-run` only logs them. Another word in the variable counts as `enforce`, with a warning.',
    },
  ),
  maxShrinkFraction: setting(fraction().default(0.5), {
    env: 'SYNC_MAX_ORPHAN_FRACTION',
    expected: 'a number from 0 to 1',
    meaning: 'A listing that lost a larger part of its titles at once is refused.',
  }),
  listingMaxAgeMs: setting(milliseconds(0).default(60_000), {
    env: 'SYNC_LISTING_MAX_AGE_MS',
    expected: 'milliseconds, an integer from 0 to 3600000',
    meaning: 'A request for single titles asks servers for their listing again when it was read longer ago.',
  }),
  titleWatchLimitMs: setting(milliseconds(1000).default(MS_PER_HOUR / 2), {
    env: 'SYNC_TITLE_WATCH_LIMIT_MS',
    expected: 'milliseconds, an integer from 1000 to 3600000',
    meaning: 'How long a title that Radarr or Sonarr told of is looked for in the listings.',
  }),
});

const schedules = z.strictObject({
  scan: setting(schedule().default('15m'), {
    env: 'SYNC_SCHEDULE_SCAN',
    expected: SCHEDULE,
    meaning: 'When each server is scanned for changes that has no schedule of its own.',
  }),
  audit: setting(schedule().default('30 3 * * *'), {
    env: 'SYNC_SCHEDULE_AUDIT',
    expected: SCHEDULE,
    meaning: 'When all listings are read and every title is compared, whatever validators and gates say.',
  }),
  sweep: setting(schedule().default('5m'), {
    env: 'SYNC_SCHEDULE_SWEEP',
    expected: SCHEDULE,
    meaning: 'When titles that are dirty without a job are put on the queue again.',
  }),
  sweepMinAgeMs: setting(milliseconds(1000).default(120_000), {
    env: 'SYNC_SWEEP_MIN_AGE_MS',
    expected: 'milliseconds, an integer from 1000 to 3600000',
    meaning:
      'What became dirty or was asked for later than that may be on its way to the queue: the sweep leaves it.',
  }),
  retention: setting(schedule().default('15 4 * * *'), {
    env: 'SYNC_SCHEDULE_RETENTION',
    expected: SCHEDULE,
    meaning: 'When finished jobs that have outlived their time are removed from Redis.',
  }),
  timeZone: setting(timeZone().default('UTC'), {
    env: 'SYNC_SCHEDULE_TIME_ZONE',
    expected: 'an IANA time zone such as Europe/Berlin',
    meaning: 'Time zone of the cron expressions.',
  }),
});

const webhooks = z.strictObject({
  sources: setting(z.array(z.unknown()).default([]), {
    expected: 'a list of sources',
    meaning: 'The Radarr and Sonarr instances that send webhooks; see below.',
  }),
  secret: setting(secret(16).optional(), {
    env: 'WEBHOOK_SECRET',
    secret: true,
    expected: 'at least 16 characters',
    meaning:
      'Signs deliveries to `/webhooks/sync`, or is sent with them; without one that address refuses all.',
  }),
  previousSecret: setting(secret(16).optional(), {
    env: 'WEBHOOK_PREVIOUS_SECRET',
    secret: true,
    expected: 'at least 16 characters',
    meaning: 'Accepted too, while senders change to a new `WEBHOOK_SECRET`.',
  }),
  replayWindowSeconds: setting(integer(10, 86_400).default(300), {
    env: 'WEBHOOK_REPLAY_WINDOW_S',
    expected: 'seconds, an integer from 10 to 86400',
    meaning: 'How far the timestamp of a signed delivery may be from the time of this machine.',
  }),
});

const LOG_LEVEL_WORDS = {
  fatal: [],
  error: [],
  warn: ['warning'],
  info: [],
  debug: [],
  trace: [],
  silent: [],
};

const log = z.strictObject({
  level: setting(words(LOG_LEVEL_WORDS).default('info'), {
    env: 'SYNC_LOG_LEVEL',
    expected: 'fatal, error, warn, info, debug, trace or silent',
    meaning: 'How much is logged.',
  }),
});

const serverDefaults = z.strictObject({
  concurrency: setting(integer(1, 1000).default(20), {
    env: 'SYNC_HTTP_CONCURRENCY',
    expected: 'an integer from 1 to 1000',
    meaning: 'Simultaneous requests to a server that sets no own concurrency.',
  }),
});

/** The shape of the file. Entries of `servers` have a schema of their own, because the environment yields them too. */
export const settingsSchema = z.strictObject({
  servers: setting(z.array(z.unknown()).default([]), {
    expected: 'a list of servers',
    meaning: 'The file servers; see below.',
  }),
  serverDefaults,
  webhookIds: setting(z.array(webhookIdList()).default([]), {
    env: 'WEBHOOK_ID_n',
    secret: true,
    expected: 'a list of texts in printable ASCII',
    meaning: 'Ids that are accepted on webhooks without belonging to a server: they scan all servers.',
  }),
  database,
  redis,
  worker,
  api,
  events,
  sync,
  schedules,
  webhooks,
  log,
});

export type Settings = z.output<typeof settingsSchema>;
