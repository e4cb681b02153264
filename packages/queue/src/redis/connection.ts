import { Redis, type RedisOptions } from 'ioredis';

import { redactRedisUrl } from './redact-url';

/**
 * - producer: for request paths; fails within about a second when Redis is down
 * - worker, events: retry for ever, as BullMQ demands of connections that block
 */
export type RedisProfile = 'producer' | 'worker' | 'events';

/** How long a producer waits for Redis before it gives up. */
export const PRODUCER_PATIENCE_MS = 1000;
const MAX_RECONNECT_DELAY_MS = 2000;
const TCP_KEEP_ALIVE_MS = 10_000;
/** After an outage ioredis waits this long for a socket that is gone; its default of 2 s would hold up every exit. */
const DISCONNECT_TIMEOUT_MS = 200;

const reconnectDelay = (times: number): number => Math.min(times * 100, MAX_RECONNECT_DELAY_MS);

const PROFILES = {
  producer: {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: PRODUCER_PATIENCE_MS,
    // A Redis that accepts commands and never answers (a stopped process, a dead network path).
    commandTimeout: 2 * PRODUCER_PATIENCE_MS,
    // A fixed short delay: the next request after an outage must find the connection back.
    retryStrategy: () => 250,
  },
  worker: { maxRetriesPerRequest: null, retryStrategy: reconnectDelay },
  events: { maxRetriesPerRequest: null, retryStrategy: reconnectDelay },
} satisfies Record<RedisProfile, RedisOptions>;

export interface RedisConnectionOptions {
  /** Told of connection errors; ioredis reconnects by itself. Default: ignored here, BullMQ objects report them too. */
  readonly onError?: (error: Error, url: string) => void;
}

/** A connection for one use. Whoever creates it ends it, after everything that uses it has been closed. */
export function createRedisConnection(
  url: string,
  profile: RedisProfile,
  { onError }: RedisConnectionOptions = {},
): Redis {
  const redis = new Redis(url, {
    ...PROFILES[profile],
    keepAlive: TCP_KEEP_ALIVE_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    connectionName: `reelsync-${profile}`,
  });
  // Without a listener ioredis prints to the console and an EventEmitter would end the process.
  redis.on('error', (error) => onError?.(error, redactRedisUrl(url)));
  return redis;
}

/** Resolves to whether the connection can take commands, waiting for at most `timeoutMs`. */
export function isReadyWithin(connection: Redis, timeoutMs: number): Promise<boolean> {
  if (connection.status === 'ready') return Promise.resolve(true);
  if (connection.status === 'end') return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (ready: boolean): void => {
      clearTimeout(timer);
      connection.off('ready', onReady);
      connection.off('end', onEnd);
      resolve(ready);
    };
    const onReady = (): void => settle(true);
    const onEnd = (): void => settle(false);
    const timer = setTimeout(() => settle(false), timeoutMs);
    connection.once('ready', onReady);
    connection.once('end', onEnd);
  });
}
