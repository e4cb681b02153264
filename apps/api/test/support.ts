import { ENDPOINT_NAMES, type Handlers } from '@reelsync/admin';
import { loadConfig } from '@reelsync/config';
import {
  createQueues,
  createRedisConnection,
  EventLog,
  JOB_CATALOG,
  JobProducer,
  type RedisCheck,
} from '@reelsync/queue';
import {
  connectDatabase,
  DatabaseAdapter,
  ensureIndexes,
  STATE_INDEXES,
  type DatabaseHealth,
  type ListRunsOptions,
  type Run,
} from '@reelsync/database';
import {
  DeliveryStore,
  EventFeed,
  openInbox,
  WebhookIntake,
  type Inbox,
  type RequestReceipt,
  type ScanRequestOptions,
} from '@reelsync/sync';
import { pino } from 'pino';
import { Readable } from 'node:stream';

import { testMongoUri, testRedisUrl, uniqueName } from '../../../tests/support';
import { buildApp } from '../src/app';
import { EventStreams } from '../src/events/event-streams';
import { HttpListener } from '../src/http-listener';

export const IDS = {
  default: 'id-of-default',
  second: 'id-of-second',
  secondOld: 'old-id-of-second',
  wildcard: 'id-of-anybody',
} as const;
export const PASSWORD = 'correct horse';

export const ENVIRONMENT = {
  MONGODB_URI: 'mongodb://127.0.0.1:27017',
  FILE_SERVER_URL: 'http://one.lan',
  NODE_SERVER_URL: 'http://one.lan/node',
  WEBHOOK_ID: IDS.default,
  FILE_SERVER_URL_2: 'http://two.lan',
  NODE_SERVER_URL_2: 'http://two.lan/node',
  WEBHOOK_ID_2: `${IDS.second},${IDS.secondOld}`,
  WEBHOOK_ID_9: IDS.wildcard,
} as const;

interface TestAppOptions {
  /** Default: long enough for answers to tell all of their runs on any machine. */
  readonly answerBudgetMs?: number;
  readonly deadlineMs?: number;
}
/** These tests are about the rest; the admin API has tests of its own. */
const NO_ADMIN = Object.fromEntries(
  ENDPOINT_NAMES.map((name) => [name, () => Promise.reject(new Error(`${name} is not part of this test`))]),
) as unknown as Handlers;

type RequestScan = (options: ScanRequestOptions) => Promise<RequestReceipt>;

export interface TestApp {
  readonly url: string;
  /** What was asked of the sync: scans, and all of it by the method that was called. */
  readonly scans: ScanRequestOptions[];
  readonly titleRequests: { readonly title: string }[];
  readonly calls: (readonly [method: string, titles: unknown, options: unknown])[];
  readonly deliveries: DatabaseAdapter['deliveries'];
  readonly holds: DatabaseAdapter['serverHolds'];
  readonly endedSessions: DatabaseAdapter['endedSessions'];
  /** Starts nothing by itself. */
  readonly inbox: Inbox;
  /** Jobs that take in what came while MongoDB was away. */
  readonly deferred: () => Promise<unknown[]>;
  /** Parsed log lines. */
  readonly log: () => Record<string, unknown>[];
  readonly logText: () => string;
  /** Replace to let the sync or a probe behave in another way. */
  requestScan: RequestScan;
  database: () => Promise<DatabaseHealth>;
  redis: () => Promise<RedisCheck>;
  boardConnected: boolean;
  /** The database answers no sooner. */
  listingRuns: Promise<void>;
  queueReady: boolean;
  now: Date;
  /** MongoDB is gone, for good. */
  readonly loseDatabase: () => Promise<void>;
  /** What the database knows of runs, newest first. */
  readonly runs: Run[];
  /** Where the events of all processes are. */
  readonly eventLog: EventLog;
  readonly streams: EventStreams;
  readonly close: () => Promise<void>;
}

/** The whole app on a free port, over a database of its own; only the sync and the probes are replaced. */
export async function startTestApp(
  env: NodeJS.ProcessEnv = {},
  file?: string,
  { answerBudgetMs = 10_000, deadlineMs = 5000 }: TestAppOptions = {},
): Promise<TestApp> {
  const config = loadConfig({
    env: { ...ENVIRONMENT, ...env },
    cwd: __dirname,
    readFile: (path) => (path.endsWith('.json') ? file : undefined),
  });
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line) => lines.push(line) });
  const connection = createRedisConnection(testRedisUrl(), 'worker');
  const prefix = uniqueName('api');
  const queues = createQueues({ connection, prefix });
  const runs: Run[] = [];
  const runRepository = {
    list: async ({ limit, status, kinds }: ListRunsOptions) => {
      await controls.listingRuns;
      return runs
        .filter((run) => status === undefined || run.status === status)
        .filter((run) => kinds === undefined || kinds.includes(run.scope.kind))
        .slice(0, limit);
    },
    findCurrent: () => Promise.resolve(runs.map(({ id }) => id).reverse()),
    getMany: (ids: readonly string[]) =>
      Promise.resolve(ids.flatMap((id) => runs.find((run) => run.id === id) ?? [])),
    streamEnded: () => Readable.from([]),
    get: (id: string) => Promise.resolve(runs.find((run) => run.id === id) ?? null),
  };
  const eventLog = new EventLog({ connection, prefix, historySize: config.events.historySize });
  const feed = new EventFeed({
    url: testRedisUrl(),
    prefix,
    historySize: config.events.historySize,
    database: { runs: runRepository },
    now: () => controls.now,
    onError: (err) => logger.warn({ err }, 'event feed'),
    times: { sweepMs: 100, lookMs: 20 },
  });
  const streams = new EventStreams({
    source: feed,
    maxStreams: config.events.maxStreams,
    heartbeatMs: 50,
    slowClientMs: 200,
    onDropped: () => logger.info('an event stream was dropped: its client does not read'),
  });
  const scans: ScanRequestOptions[] = [];
  const titleRequests: { readonly title: string }[] = [];
  const calls: TestApp['calls'] = [];
  const stateName = uniqueName('api-state');
  const database = await connectDatabase({ uri: testMongoUri(), stateName, minPoolSize: 1 });
  await ensureIndexes(
    database.state,
    STATE_INDEXES.filter(({ collection }) => collection === 'webhookDeliveries'),
  );
  const { deliveries, serverHolds: holds, endedSessions } = new DatabaseAdapter(database);
  const controls = {
    requestScan: (): Promise<RequestReceipt> => Promise.resolve({ runId: 'a'.repeat(24), status: 'created' }),
    database: () => Promise.resolve<DatabaseHealth>({ healthy: true, latencyMs: 1 }),
    redis: () => Promise.resolve<RedisCheck>({ ok: true, problems: [] }),
    boardConnected: true,
    listingRuns: Promise.resolve(),
    queueReady: true,
    now: new Date('2026-01-02T03:04:05Z'),
  } as Pick<
    TestApp,
    'requestScan' | 'database' | 'redis' | 'boardConnected' | 'listingRuns' | 'queueReady' | 'now'
  >;
  const requested =
    (method: string) =>
    async (titles: AsyncIterable<string> | 'all', options: unknown): Promise<RequestReceipt> => {
      const named: string[] = [];
      if (titles !== 'all') for await (const title of titles) named.push(title);
      calls.push([method, named, options]);
      return { runId: 'b'.repeat(24), status: 'created' };
    };
  const fail = (error: Error) => logger.error({ err: error }, 'in the background');
  const inbox = openInbox({
    database: { deliveries },
    requests: {
      requestScan: (options) => {
        scans.push(options);
        calls.push(['requestScan', options.serverIds, options]);
        return controls.requestScan(options);
      },
      requestMovies: requested('requestMovies'),
      requestShows: requested('requestShows'),
      requestSeasons: requested('requestSeasons'),
      requestEpisodes: requested('requestEpisodes'),
      requestTitleUntilListed: (request) => {
        titleRequests.push(request);
        return Promise.resolve({ runId: 'c'.repeat(24), status: 'created' });
      },
    },
    isQueueReady: () => controls.queueReady,
    now: () => controls.now,
    onReplayed: () => undefined,
    onError: fail,
  });
  const producerConnection = createRedisConnection(testRedisUrl(), 'producer');
  const producer = new JobProducer({ catalog: JOB_CATALOG, connection: producerConnection, prefix });
  const intake = new WebhookIntake({
    deliveries,
    holds,
    // A database that is slow because the machine is busy is not away.
    store: new DeliveryStore({ producer, isQueueReady: () => controls.queueReady, patienceMs: 30_000 }),
    dispatcher: inbox.dispatcher,
    isQueueReady: () => controls.queueReady,
    answerBudgetMs,
    now: () => controls.now,
    onError: fail,
  });
  await feed.start();
  const app = await buildApp({
    config,
    webhooks: { intake },
    probes: { database: () => controls.database(), redis: () => controls.redis() },
    board: { queues, isConnected: () => controls.boardConnected },
    admin: NO_ADMIN,
    audit: { record: () => Promise.resolve() },
    endedSessions,
    runs: runRepository,
    feed,
    streams,
    secrets: { adminPassword: PASSWORD, sessionSecret: 'a session secret' },
    logger,
    now: () => controls.now,
    deadlineMs,
    sessionLookMs: 20,
  });
  let isDatabaseOpen = true;
  const loseDatabase = async (): Promise<void> => {
    if (!isDatabaseOpen) return;
    isDatabaseOpen = false;
    await database.state.dropDatabase();
    await database.close();
  };
  const listener = await HttpListener.listen(app, { host: '127.0.0.1', port: 0 });
  return Object.assign(controls, {
    url: listener.url,
    scans,
    titleRequests,
    calls,
    deliveries,
    holds,
    endedSessions,
    inbox,
    deferred: async () =>
      (await queues.scans.getJobs(['prioritized', 'delayed'])).map(({ data }) => data as unknown),
    runs,
    eventLog,
    streams,
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    logText: () => lines.join(''),
    loseDatabase,
    close: async () => {
      streams.close();
      await listener.close();
      await feed.close();
      await inbox.close();
      await intake.close();
      await loseDatabase();
      await producer.close();
      producerConnection.disconnect();
      for (const queue of Object.values(queues)) {
        await queue.obliterate({ force: true });
        await queue.close();
      }
      const keys = await connection.keys(`${prefix}:*`);
      if (keys.length > 0) await connection.del(keys);
      connection.disconnect();
    },
  });
}

export async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

/** The cookies of a browser that has signed in. */
export async function signIn({ url }: Pick<TestApp, 'url'>, password: string = PASSWORD): Promise<string> {
  const response = await fetch(`${url}/login`, {
    method: 'POST',
    body: new URLSearchParams({ user: 'admin', password }),
    headers: { Origin: url },
    redirect: 'manual',
  });
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0] ?? '')
    .join('; ');
}
