import {
  CATALOGUE_INDEXES,
  connectDatabase,
  DatabaseAdapter,
  STATE_INDEXES,
  type DatabaseConnection,
} from '@reelsync/database';
import type { SpawnedService } from '@reelsync/dev-services';
import { createQueues, createRedisConnection } from '@reelsync/queue';
import { compareCatalogue, expectedMovies, type Comparison } from '@reelsync/sample-library';

import {
  databaseNames,
  dropDatabases,
  installationEnvironment,
  PATHS,
  startApi,
  startWorker,
} from '@reelsync/dev-installation';
import { testMongoUri, uniqueName } from '../../support';
import { runProgram, type Finished, type RunningProgram } from './run-program';
import type { Stage } from './stage';

/** A run as the CLI prints it with `--json`. */
export interface PrintedRun {
  readonly runId: string;
  readonly status: string;
  readonly planned: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly failed: number;
  readonly servers: readonly { readonly serverId: string; readonly status: string; readonly code?: string }[];
}

interface CliOptions {
  /** Text on its standard input. */
  readonly input?: string;
  /** Environment variables besides those of the installation. */
  readonly settings?: NodeJS.ProcessEnv;
}

const JOB_STATES = ['waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed'] as const;

/** One installation of Reelsync on a stage: databases and queues of its own, its processes, its command line. */
export class Installation {
  private readonly processes: SpawnedService<string>[] = [];
  private readonly lines: string[] = [];

  private constructor(
    private readonly stage: Stage,
    readonly env: NodeJS.ProcessEnv,
    private readonly connection: DatabaseConnection,
    readonly database: DatabaseAdapter,
  ) {}

  static async open(stage: Stage, settings: NodeJS.ProcessEnv = {}): Promise<Installation> {
    const namespace = uniqueName('e2e');
    const uri = settings['MONGODB_URI'] ?? testMongoUri();
    const services = {
      redis: { url: stage.redis.url, origin: 'path' },
      database: { uri, origin: 'embedded' },
      stop: () => Promise.resolve(),
    } as const;
    const env = {
      ...installationEnvironment(services, stage.servers, { namespace, adminPassword: 'admin-secret' }),
      // The least that the settings allow: a worker that was killed is noticed after about two seconds.
      WORKER_LOCK_DURATION_MS: '2000',
      WORKER_STALLED_INTERVAL_MS: '1000',
      SYNC_LOG_LEVEL: 'info',
      ...settings,
    };
    const connection = await connectDatabase({
      uri,
      ...databaseNames(namespace),
      appName: 'reelsync-e2e',
    });
    const database = new DatabaseAdapter(connection);
    await database.initialize();
    return new Installation(stage, env, connection, database);
  }

  startWorker(settings: NodeJS.ProcessEnv = {}): Promise<SpawnedService<string>> {
    return this.started(startWorker({ ...this.env, ...settings }, (line) => this.lines.push(line)));
  }

  startApi(): Promise<SpawnedService<string>> {
    return this.started(startApi(this.env, (line) => this.lines.push(line)));
  }

  /** Starts `reelsync`; for what it does while other things happen. */
  startCli(args: readonly string[], { input, settings }: CliOptions = {}): RunningProgram {
    return runProgram(PATHS.cli, args, {
      cwd: this.stage.folder,
      env: { ...this.env, ...settings },
      ...(input === undefined ? {} : { input }),
    });
  }

  cli(args: readonly string[], options?: CliOptions): Promise<Finished> {
    return this.startCli(args, options).finished;
  }

  /** `reelsync scan --json`, whatever comes of it. */
  async scan(): Promise<PrintedRun> {
    return printedRun(await this.cli(['scan', '--json']));
  }

  /** The catalogue against what the merged libraries must give. */
  compare(): Promise<Comparison> {
    return compareCatalogue(this.expected(), this.database.movies.findAll({}));
  }

  expected(): ReturnType<typeof expectedMovies> {
    return expectedMovies(this.stage.servers.map(({ oracle }) => oracle));
  }

  /** How many movies the catalogue holds at this moment. */
  movies(): Promise<number> {
    return this.connection.catalogue.collection('FlatMovies').countDocuments({});
  }

  /** What there is in queues and databases, but for the log of refused webhooks. */
  async contents(): Promise<Record<string, unknown>> {
    const { catalogue, state } = this.connection;
    const contents: Record<string, unknown> = {};
    for (const [database, specs] of [
      [catalogue, CATALOGUE_INDEXES],
      [state, STATE_INDEXES],
    ] as const)
      for (const name of new Set(specs.map(({ collection }) => collection))) {
        const refused = name === 'webhookDeliveries' ? { outcome: { $nin: ['rejected', 'duplicate'] } } : {};
        contents[name] = await database.collection(name).countDocuments(refused);
      }
    await this.withQueues(async (queues) => {
      for (const queue of Object.values(queues)) {
        const jobs = await queue.getJobs([...JOB_STATES]);
        contents[queue.name] = jobs.map(({ id = '' }) => id).sort();
      }
    });
    return contents;
  }

  /** What API and workers have logged so far. */
  log(): string {
    return this.lines.join('\n');
  }

  async withQueues<T>(use: (queues: ReturnType<typeof createQueues>) => Promise<T>): Promise<T> {
    const connection = createRedisConnection(this.stage.redis.url, 'worker');
    const queues = createQueues({ connection, prefix: this.env['REDIS_PREFIX'] ?? '' });
    try {
      return await use(queues);
    } finally {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
      connection.disconnect();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
    await dropDatabases(this.connection);
    await this.database.close();
  }

  private async started(starting: Promise<SpawnedService<string>>): Promise<SpawnedService<string>> {
    const process = await starting;
    this.processes.push(process);
    return process;
  }
}

export function printedRun({ stdout, stderr }: Finished): PrintedRun {
  if (stdout === '') throw new Error(`reelsync printed no run:\n${stderr}`);
  return JSON.parse(stdout) as PrintedRun;
}

/** For `expect`: an equal catalogue is this, and one that differs shows how. */
export const EQUAL = { missing: [], unexpected: [], differences: [] };
