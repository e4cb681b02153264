import { constants } from 'node:os';
import { loadConfig, type ReelsyncConfig } from '@reelsync/config';
import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { createRedisConnection, JOB_CATALOG, JobProducer, type JobPayloads } from '@reelsync/queue';
import { createLogger, type Logger } from '@reelsync/runtime';
import { SyncRequests } from '@reelsync/sync';

type RedisConnection = ReturnType<typeof createRedisConnection>;

/** What a command works with; opened when it starts, closed when it ends, whatever happens. */
export interface Session {
  readonly config: ReelsyncConfig;
  readonly logger: Logger;
  readonly database: DatabaseAdapter;
  readonly producer: JobProducer<JobPayloads>;
  readonly redis: RedisConnection;
  readonly requests: SyncRequests;
  /** Aborts on Ctrl-C; work that is under way in workers goes on. */
  readonly signal: AbortSignal;
}

/** Runs a command. Ctrl-C ends it at once, with the exit code that shells expect. */
export async function withSession(use: (session: Session) => Promise<void>): Promise<void> {
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
  const redis = createRedisConnection(config.redis.url, 'producer');
  const producer = new JobProducer({ catalog: JOB_CATALOG, connection: redis, prefix: config.redis.prefix });
  try {
    const requests = new SyncRequests(database, producer, {
      serverIds: config.servers.filter(({ enabled }) => enabled).map(({ id }) => id),
      listingMaxAgeMs: config.sync.listingMaxAgeMs,
    });
    await use({ config, logger, database, producer, redis, requests, signal: interrupt.signal });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    if (interrupt.signal.reason === 'SIGINT') {
      process.stderr.write('Interrupted. What is on the queue goes on; see `reelsync status`.\n');
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await producer.close();
    redis.disconnect();
    await database.close();
  }
}
