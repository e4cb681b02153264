import { constants } from 'node:os';
import { loadConfig, type ReelsyncConfig } from '@reelsync/config';
import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { createRedisConnection, JOB_CATALOG, JobProducer, type JobPayloads } from '@reelsync/queue';
import { createLogger, type Logger } from '@reelsync/runtime';
import { SyncRequests } from '@reelsync/sync';

type RedisConnection = ReturnType<typeof createRedisConnection>;

/** What a command works with; opened when it starts, closed when it ends, whatever happens. */
export interface DatabaseSession {
  readonly config: ReelsyncConfig;
  readonly logger: Logger;
  readonly database: DatabaseAdapter;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** That of a command which also puts work on the queue; what is under way in workers goes on after Ctrl-C. */
export interface Session extends DatabaseSession {
  readonly redis: RedisConnection;
  readonly producer: JobProducer<JobPayloads>;
  readonly requests: SyncRequests;
}

/** Runs a command that needs MongoDB and Redis. */
export function withSession(use: (session: Session) => Promise<void>): Promise<void> {
  return withDatabase(async (session) => {
    const { config, database } = session;
    const redis = createRedisConnection(config.redis.url, 'producer');
    const producer = new JobProducer({
      catalog: JOB_CATALOG,
      connection: redis,
      prefix: config.redis.prefix,
    });
    try {
      const requests = new SyncRequests(database, producer, {
        serverIds: config.servers.filter(({ enabled }) => enabled).map(({ id }) => id),
        listingMaxAgeMs: config.sync.listingMaxAgeMs,
      });
      await use({ ...session, redis, producer, requests });
    } finally {
      await producer.close();
      redis.disconnect();
    }
  }, 'What is on the queue goes on; see `reelsync status`.');
}

/** Runs a command that needs MongoDB. Ctrl-C ends it at once, with the exit code that shells expect. */
export async function withDatabase(
  use: (session: DatabaseSession) => Promise<void>,
  afterInterrupt: string,
): Promise<void> {
  const config = loadConfig({ env: process.env, cwd: process.cwd() });
  const logger = createLogger({ name: 'reelsync-cli', level: config.log.level });
  const interrupt = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    process.exitCode = 128 + constants.signals[signal];
    interrupt.abort(signal);
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const database = new DatabaseAdapter(
    await connectDatabase({ ...config.database, appName: 'reelsync-cli' }),
  );
  try {
    await use({ config, logger, database, signal: interrupt.signal });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    if (interrupt.signal.reason === 'SIGINT') {
      process.stderr.write(`Interrupted. ${afterInterrupt}\n`);
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await database.close();
  }
}
