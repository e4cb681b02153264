import { randomBytes } from 'node:crypto';
import { loadConfig, type ReelsyncConfig } from '@reelsync/config';
import { connectDatabase, DatabaseAdapter, type DatabaseConnection, type Run } from '@reelsync/database';
import {
  dropDatabases,
  installationEnvironment,
  startApi,
  startWorker,
  type SampleServerProcess,
} from '@reelsync/dev-installation';
import type { DevServices, SpawnedService } from '@reelsync/dev-services';
import {
  createQueues,
  createRedisConnection,
  JOB_CATALOG,
  JobProducer,
  type JobPayloads,
} from '@reelsync/queue';
import { followRun, openRequests, type SyncRequests } from '@reelsync/sync';
import type { DatabaseCommands } from '../measure/database-commands';
import { assertInStep } from './assert-in-step';

export type SampleServers = readonly [SampleServerProcess, SampleServerProcess];

export interface InstallationOptions {
  readonly services: DevServices;
  readonly commands: DatabaseCommands;
  readonly servers: SampleServers;
  /** Environment variables besides those of an ordinary installation. */
  readonly settings: NodeJS.ProcessEnv;
}

/** What a piece of work cost, seen from outside: at the file servers and at the database server. */
export interface OutsideCosts {
  readonly durationMs: number;
  readonly httpRequests: number;
  readonly databaseCommands: number;
  /** Sent by the file servers, after compression. */
  readonly bytes: number;
}

/** One installation of Reelsync with databases and queues of its own, dropped when it closes. */
export class BenchInstallation {
  private readonly processes: SpawnedService<string>[] = [];
  private readonly redis;
  private readonly producer: JobProducer<JobPayloads>;
  readonly requests: SyncRequests;

  private constructor(
    private readonly commands: DatabaseCommands,
    readonly servers: SampleServers,
    readonly env: NodeJS.ProcessEnv,
    readonly config: ReelsyncConfig,
    readonly connection: DatabaseConnection,
    readonly database: DatabaseAdapter,
  ) {
    this.redis = createRedisConnection(config.redis.url, 'worker');
    this.producer = new JobProducer({
      catalog: JOB_CATALOG,
      connection: this.redis,
      prefix: config.redis.prefix,
    });
    this.requests = openRequests({ config, database, producer: this.producer });
  }

  static async open({
    services,
    commands,
    servers,
    settings,
  }: InstallationOptions): Promise<BenchInstallation> {
    const namespace = `ReelsyncBench${randomBytes(4).toString('hex')}`;
    const env = {
      ...installationEnvironment(services, servers, { namespace, adminPassword: 'bench-secret' }),
      ...settings,
    };
    const config = loadConfig({ env, cwd: '/nonexistent' });
    const connection = await connectDatabase({ ...config.database, appName: 'reelsync-bench' });
    const database = new DatabaseAdapter(connection);
    await database.initialize();
    return new BenchInstallation(commands, servers, env, config, connection, database);
  }

  get serverIds(): readonly string[] {
    return this.config.servers.map(({ id }) => id);
  }

  startWorker(): Promise<SpawnedService<string>> {
    return this.started(startWorker(this.env, ignoreLog));
  }

  /** `value` is its URL. */
  startApi(): Promise<SpawnedService<string>> {
    return this.started(startApi(this.env, ignoreLog));
  }

  /** Scans all servers through the queue and waits until the last unit has ended. Needs a worker. */
  async scan(signal: AbortSignal, options: { readonly full?: boolean } = {}): Promise<Run> {
    const { runId } = await this.requests.requestScan({
      serverIds: this.serverIds,
      trigger: 'cli',
      urgency: 'bulk',
      ...options,
    });
    return this.finished(runId, signal);
  }

  async finished(runId: string, signal: AbortSignal): Promise<Run> {
    let last: Run | undefined;
    for await (const run of followRun(this.database.runs, runId, { signal, intervalMs: 50 })) last = run;
    if (last === undefined) throw new Error(`run ${runId} told nothing`);
    return last;
  }

  /** Runs `work` and counts what it asked of the file servers and of the database meanwhile. */
  async cost(work: () => Promise<void>): Promise<OutsideCosts> {
    await Promise.all(this.servers.map(({ control }) => control.resetStats()));
    const commandsBefore = await this.commands.total();
    const startedAt = performance.now();
    await work();
    const durationMs = performance.now() - startedAt;
    const databaseCommands = (await this.commands.total()) - commandsBefore;
    const stats = await Promise.all(this.servers.map(({ control }) => control.stats()));
    return {
      durationMs,
      databaseCommands,
      httpRequests: stats.reduce((sum, { requests }) => sum + requests, 0),
      bytes: stats.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** Throws unless the catalogue is what the merged libraries must give. */
  assertInStep(): Promise<void> {
    return assertInStep(
      this.database,
      this.servers.map(({ oracle }) => oracle),
    );
  }

  async stopProcesses(): Promise<void> {
    await Promise.all(this.processes.splice(0).map((process) => process.stop()));
  }

  async close(): Promise<void> {
    await this.stopProcesses();
    await dropDatabases(this.connection);
    await this.database.close();
    await this.producer.close();
    const queues = Object.values(createQueues({ connection: this.redis, prefix: this.config.redis.prefix }));
    await Promise.all(queues.map((queue) => queue.obliterate({ force: true })));
    await Promise.all(queues.map((queue) => queue.close()));
    this.redis.disconnect();
  }

  private async started(starting: Promise<SpawnedService<string>>): Promise<SpawnedService<string>> {
    const process = await starting;
    this.processes.push(process);
    return process;
  }
}

/** What they log would only be printed between the figures; a process that dies is noticed by its missing work. */
function ignoreLog(): void {
  return undefined;
}
