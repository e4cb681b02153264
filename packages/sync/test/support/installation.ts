import { loadConfig, type ReelsyncConfig } from '@reelsync/config';
import type { ReelsyncError } from '@reelsync/core';
import { connectDatabase, DatabaseAdapter, type DatabaseConnection, type Run } from '@reelsync/database';
import { FileServers } from '@reelsync/file-server';
import {
  createQueues,
  createRedisConnection,
  JOB_CATALOG,
  JobProducer,
  JobRetention,
  type JobPayloads,
  type RedisProfile,
} from '@reelsync/queue';
import { createLogger } from '@reelsync/runtime';
import {
  buildLibraries,
  startSampleServer,
  type BuildOptions,
  type SampleServer,
} from '@reelsync/sample-library';
import { followRun, ListedFirst } from '@reelsync/sync';
import { composeWorker } from '../../../../apps/worker/src/compose-worker';
import { RunSettler } from '../../../../apps/worker/src/run-settler';
import type { ListedFirstOptions } from '../../src/requests/listed-first';
import { SyncRequests, type SyncRequestsOptions } from '../../src/requests/sync-requests';
import { testMongoUri, testRedisUrl, uniqueName } from '../../../../tests/support';
import { keepMovies } from '../../../../tests/support/keep-movies';

export interface LibraryOptions extends Partial<BuildOptions> {
  /** Only these of the movies that the libraries hold. */
  readonly movies?: readonly string[];
}

/** Everything but the API in one process: two sample servers, real Redis and database, and workers on demand. */
export class Installation {
  readonly requests: SyncRequests;
  private readonly jobs: JobProducer<JobPayloads>;
  private readonly cleanUps: (() => unknown)[] = [];

  private constructor(
    readonly alpha: SampleServer,
    readonly beta: SampleServer,
    readonly config: ReelsyncConfig,
    readonly connection: DatabaseConnection,
    readonly database: DatabaseAdapter,
  ) {
    this.jobs = this.producer(config.redis.url);
    this.requests = new SyncRequests(database, this.jobs);
  }

  static async create({ movies, ...library }: LibraryOptions = {}): Promise<Installation> {
    const libraries = buildLibraries({ titles: 15, withBrokenTitles: true, ...library });
    if (movies !== undefined) keepMovies(libraries, movies);
    const webhookId = 'test-webhook';
    const [alpha, beta] = await Promise.all([
      startSampleServer({ library: libraries.alpha, webhookId, id: 'default' }),
      startSampleServer({ library: libraries.beta, webhookId, id: 'server2' }),
    ]);
    const name = uniqueName('sync-test');
    const config = loadConfig({
      cwd: '/',
      readFile: () => undefined,
      env: {
        FILE_SERVER_URL: alpha.baseUrl,
        NODE_SERVER_URL: alpha.nodeUrl,
        WEBHOOK_ID: webhookId,
        FILE_SERVER_URL_2: beta.baseUrl,
        NODE_SERVER_URL_2: beta.nodeUrl,
        FILE_SERVER_PREFIX_PATH_2: beta.prefix,
        WEBHOOK_ID_2: webhookId,
        MONGODB_URI: testMongoUri(),
        MONGODB_CATALOGUE_NAME: `${name}-media`,
        MONGODB_STATE_NAME: `${name}-state`,
        MONGODB_SETTINGS_NAME: `${name}-settings`,
        MONGODB_MIN_POOL_SIZE: '1',
        REDIS_URL: testRedisUrl(),
        REDIS_PREFIX: name,
      },
    });
    const connection = await connectDatabase(config.database);
    const database = new DatabaseAdapter(connection);
    await database.initialize();
    return new Installation(alpha, beta, config, connection, database);
  }

  /** The way in over some Redis, which may be one that is not there. */
  requestsOver(redisUrl: string, options: SyncRequestsOptions = {}): SyncRequests {
    return new SyncRequests(this.database, this.producer(redisUrl), options);
  }

  /** A worker as apps/worker makes it. */
  async startWorker(): Promise<{ readonly close: () => Promise<unknown> }> {
    const { config, database } = this;
    const logger = createLogger({ name: 'sync-test', level: 'silent' });
    const fileServers = new FileServers({ servers: config.servers });
    const settler = new RunSettler({
      runs: database.runs,
      isIdle: () => Promise.resolve(false),
      logger,
      now: () => new Date(),
    });
    const host = composeWorker({
      config,
      database,
      fileServers,
      producer: this.producer(config.redis.url),
      retention: this.retention(),
      connection: this.redis(config.redis.url, 'worker'),
      settler,
      logger,
      now: () => new Date(),
    });
    this.cleanUps.push(
      () => fileServers.close(),
      () => settler.stop(),
      () => host.close({ graceMs: 2000 }),
    );
    await host.start();
    return { close: () => host.close({ graceMs: 2000 }) };
  }

  /** Waits until the run has ended and returns its last state. */
  async ended(runId: string, timeoutMs = 50_000): Promise<Run> {
    const signal = AbortSignal.timeout(timeoutMs);
    let last: Run | undefined;
    for await (const run of followRun(this.database.runs, runId, { signal, intervalMs: 25 })) last = run;
    if (last === undefined) throw new Error('followRun said nothing');
    return last;
  }

  /** How each unit of a run ended: title -> outcome, or the code of its failure. */
  async endings(runId: string): Promise<Record<string, string>> {
    const units = await this.connection.state
      .collection<{ title: string; outcome?: string; code?: ReelsyncError['code'] }>('runUnits')
      .find({ runId })
      .toArray();
    return Object.fromEntries(units.map(({ title, outcome, code }) => [title, code ?? outcome ?? 'open']));
  }

  /** Jobs there have been so far, in whatever state, by queue. */
  async jobCounts(): Promise<Record<string, number>> {
    const counts = await this.jobs.counts();
    return Object.fromEntries(
      Object.entries(counts).map(([queue, { waiting, prioritized, delayed, active, completed, failed }]) => [
        queue,
        waiting + prioritized + delayed + active + completed + failed,
      ]),
    );
  }

  /** Forgets everything that is in Redis, as a restart without a data file would. */
  async wipeRedis(): Promise<void> {
    const redis = createRedisConnection(this.config.redis.url, 'worker');
    for await (const keys of redis.scanStream({ match: `${this.config.redis.prefix}:*`, count: 1000 })) {
      if (Array.isArray(keys) && keys.length > 0) await redis.del(keys.map(String));
    }
    redis.disconnect();
  }

  async dispose(): Promise<void> {
    for (const cleanUp of this.cleanUps.reverse()) await cleanUp();
    await this.wipeRedis();
    const { catalogue, state, settings } = this.connection;
    await Promise.all([catalogue, state, settings].map((database) => database.dropDatabase()));
    await this.database.close();
    await Promise.all([this.alpha.close(), this.beta.close()]);
  }

  producer(redisUrl = this.config.redis.url): JobProducer<JobPayloads> {
    const producer = new JobProducer({
      catalog: JOB_CATALOG,
      connection: this.redis(redisUrl, 'producer'),
      prefix: this.config.redis.prefix,
    });
    this.cleanUps.push(() => producer.close());
    return producer;
  }

  /** What a worker does with the servers that it reads. */
  listedFirst(options: Partial<ListedFirstOptions> = {}): ListedFirst {
    return new ListedFirst({
      runs: this.database.runs,
      producer: this.producer(),
      now: () => new Date(),
      listingMaxAgeMs: this.config.sync.listingMaxAgeMs,
      ...options,
    });
  }

  /** BullMQ's own view of the queues. */
  queues(): ReturnType<typeof createQueues> {
    const queues = createQueues({
      connection: this.redis(this.config.redis.url, 'producer'),
      prefix: this.config.redis.prefix,
    });
    this.cleanUps.push(() => Promise.all(Object.values(queues).map((queue) => queue.close())));
    return queues;
  }

  retention(): JobRetention<JobPayloads> {
    const connection = this.redis(this.config.redis.url, 'producer');
    const retention = new JobRetention(JOB_CATALOG, { connection, prefix: this.config.redis.prefix });
    this.cleanUps.push(() => retention.close());
    return retention;
  }

  redis(url: string, profile: RedisProfile): ReturnType<typeof createRedisConnection> {
    const connection = createRedisConnection(url, profile);
    this.cleanUps.push(() => connection.disconnect());
    return connection;
  }
}
