import { loadConfig, type ReelsyncConfig } from '@reelsync/config';
import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { createRedisConnection, JOB_CATALOG, JobProducer, type JobPayloads } from '@reelsync/queue';
import { createLogger, type Logger } from '@reelsync/runtime';
import { withInterrupt } from './interrupt';

/** What a command works with; opened when it starts, closed when it ends, whatever happens. */
export interface Session {
  readonly config: ReelsyncConfig;
  readonly logger: Logger;
  readonly database: DatabaseAdapter;
  readonly producer: JobProducer<JobPayloads>;
  /** Aborts on Ctrl-C; work that is under way in workers goes on. */
  readonly signal: AbortSignal;
}

/** Runs a command that works with MongoDB and Redis itself. */
export function withSession(use: (session: Session) => Promise<void>): Promise<void> {
  const config = loadConfig({ env: process.env, cwd: process.cwd() });
  const logger = createLogger({ name: 'reelsync-cli', level: config.log.level });
  return withInterrupt(async (signal) => {
    const database = new DatabaseAdapter(
      await connectDatabase({ ...config.database, appName: 'reelsync-cli' }),
    );
    const redis = createRedisConnection(config.redis.url, 'producer');
    const producer = new JobProducer({
      catalog: JOB_CATALOG,
      connection: redis,
      prefix: config.redis.prefix,
    });
    try {
      await use({ config, logger, database, producer, signal });
    } finally {
      await producer.close();
      redis.disconnect();
      await database.close();
    }
  });
}
