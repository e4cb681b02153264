import { describeConfig, type ReelsyncConfig } from '@reelsync/config';
import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { createRedisConnection, JOB_CATALOG, JobProducer, type JobPayloads } from '@reelsync/queue';
import { createLogger, type Logger } from '@reelsync/runtime';
import { WORK_GOES_ON, withInterrupt } from './interrupt';
import { sayingWhenSlow } from './output/slow-wait';
import { readConfig } from './read-config';

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
  /** Fails fast when Redis is down. */
  readonly redis: RedisConnection;
  readonly producer: JobProducer<JobPayloads>;
}

/** Runs a command that needs MongoDB and Redis. */
export function withSession(use: (session: Session) => Promise<void>): Promise<void> {
  return withDatabase(async (session) => {
    const { config } = session;
    const redis = createRedisConnection(config.redis.url, 'producer');
    const producer = new JobProducer({
      catalog: JOB_CATALOG,
      connection: redis,
      prefix: config.redis.prefix,
    });
    try {
      await use({ ...session, redis, producer });
    } finally {
      await producer.close();
      redis.disconnect();
    }
  }, WORK_GOES_ON);
}

/** Runs a command that needs MongoDB. */
export function withDatabase(
  use: (session: DatabaseSession) => Promise<void>,
  afterInterrupt: string,
): Promise<void> {
  const config = readConfig();
  const logger = createLogger({ name: 'reelsync-cli', level: config.log.level });
  return withInterrupt(async (signal) => {
    const connecting = connectDatabase({ ...config.database, appName: 'reelsync-cli' });
    const { uri } = describeConfig(config).database;
    const database = new DatabaseAdapter(await sayingWhenSlow(`MongoDB at ${uri}`, connecting));
    try {
      await use({ config, logger, database, signal });
    } finally {
      await database.close();
    }
  }, afterInterrupt);
}
