import type { Redis } from 'ioredis';

import { createRedisConnection, isReadyWithin, PRODUCER_PATIENCE_MS } from './connection';

const MINIMUM_VERSION = [6, 2] as const;

export interface RedisProblem {
  readonly code: 'QUEUE_UNAVAILABLE' | 'QUEUE_MISCONFIGURED';
  readonly message: string;
  /** False: worth a warning, but jobs are safe. */
  readonly blocking: boolean;
}

/** What the readiness probe has to know about Redis. */
export interface RedisCheck {
  /** Absent when Redis did not answer. */
  readonly version?: string;
  readonly evictionPolicy?: string;
  /** Whether the append-only file is on. */
  readonly aof?: boolean;
  /** No problem is blocking. */
  readonly ok: boolean;
  readonly problems: readonly RedisProblem[];
}

/** Reads version and settings of Redis. Never throws: a Redis that is down is a problem in the result. */
export async function checkRedis(target: string | Redis): Promise<RedisCheck> {
  if (typeof target !== 'string') return checkConnection(target);
  const connection = createRedisConnection(target, 'producer');
  try {
    return await checkConnection(connection);
  } finally {
    connection.disconnect();
  }
}

async function checkConnection(connection: Redis): Promise<RedisCheck> {
  if (!(await isReadyWithin(connection, PRODUCER_PATIENCE_MS))) return unavailable('Redis does not answer');
  try {
    // INFO rather than CONFIG GET: hosted Redis services block the latter.
    return evaluate(parseInfo(await connection.info()));
  } catch (error) {
    return unavailable(`Redis does not answer: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function unavailable(message: string): RedisCheck {
  return { ok: false, problems: [{ code: 'QUEUE_UNAVAILABLE', message, blocking: true }] };
}

function parseInfo(info: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const line of info.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) entries.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return entries;
}

/** Judges the fields of Redis' INFO. */
export function evaluate(info: ReadonlyMap<string, string>): RedisCheck {
  const version = info.get('redis_version') ?? 'unknown';
  const evictionPolicy = info.get('maxmemory_policy') ?? 'unknown';
  const aof = info.get('aof_enabled') === '1';
  const problems: RedisProblem[] = [];
  const report = (blocking: boolean, message: string): void => {
    problems.push({ code: 'QUEUE_MISCONFIGURED', message, blocking });
  };
  if (evictionPolicy !== 'noeviction') {
    // Locks carry an expiry, so the volatile-* policies lose them too.
    report(
      true,
      `maxmemory-policy is ${evictionPolicy}; set it to noeviction, else Redis drops jobs and locks`,
    );
  }
  if (!isAtLeast(version, MINIMUM_VERSION)) {
    report(true, `Redis ${version} is too old; ${MINIMUM_VERSION.join('.')} or later is needed`);
  }
  if (!aof) {
    report(false, 'appendonly is off: waiting jobs are lost when Redis restarts, until the next sweep');
  }
  return { version, evictionPolicy, aof, ok: !problems.some(({ blocking }) => blocking), problems };
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [actualMajor = 0, actualMinor = 0] = version.split('.').map(Number);
  return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}
