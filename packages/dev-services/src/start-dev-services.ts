import type { RunningDatabase } from './mongodb/running-database';
import { startDatabase } from './mongodb/start-database';
import { startPrivateRedis } from './redis/private-redis';

export interface DevServicesOptions {
  /** Folder for the data of the services, so that a second start finds it again. */
  readonly dataDir: string;
  /** Folder for downloaded programs. */
  readonly cacheDir: string;
  /** REDIS_URL, MONGODB_URI and PATH are read from it. Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly log?: (message: string) => void;
  /** Runs the embedded database inside this process instead of in one of its own. */
  readonly embeddedInProcess?: boolean;
}

/** A Redis and a database, and where they come from. */
export interface DevServices {
  readonly redis: { readonly url: string; readonly origin: 'REDIS_URL' | 'path' | 'package' };
  readonly database: { readonly uri: string; readonly origin: RunningDatabase['origin'] };
  /** Ends what was started here, and nothing else. May be called again. */
  stop(): Promise<void>;
}

interface RunningRedis {
  readonly url: string;
  readonly origin: DevServices['redis']['origin'];
  stop(): Promise<void>;
}

/** Provides a Redis and a database on a machine that may have neither. Both end with this process. */
export async function startDevServices(options: DevServicesOptions): Promise<DevServices> {
  const { dataDir, cacheDir, env = process.env, log = () => undefined, embeddedInProcess = false } = options;
  const redisUrl = env['REDIS_URL']?.trim();
  const [redis, database] = await bothOrNeither<RunningRedis, RunningDatabase>(
    redisUrl
      ? Promise.resolve({ url: redisUrl, origin: 'REDIS_URL', stop: () => Promise.resolve() })
      : startPrivateRedis({ dataDir, cacheDir, env, log }),
    startDatabase({ dataDir, env, log, embeddedInProcess }),
  );
  return {
    redis: { url: redis.url, origin: redis.origin },
    database: { uri: database.uri, origin: database.origin },
    stop: async () => {
      await Promise.all([redis.stop(), database.stop()]);
    },
  };
}

interface Stoppable {
  stop(): Promise<void>;
}

/** Starts side by side; when one fails, the other is stopped before the failure is reported. */
async function bothOrNeither<A extends Stoppable, B extends Stoppable>(
  first: Promise<A>,
  second: Promise<B>,
): Promise<[A, B]> {
  try {
    return await Promise.all([first, second]);
  } catch (error) {
    for (const service of await Promise.allSettled([first, second])) {
      if (service.status === 'fulfilled') await service.value.stop();
    }
    throw error;
  }
}
