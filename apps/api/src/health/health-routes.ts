import type { DatabaseHealth } from '@reelsync/database';
import type { RedisCheck } from '@reelsync/queue';
import { Router } from 'express';

import { withinDeadline } from '../http/within-deadline';
import type { RequestLog } from '../http/request-log';

export interface HealthProbes {
  /** A probe that takes longer has failed. */
  readonly deadlineMs: number;
  database(): Promise<DatabaseHealth>;
  redis(): Promise<RedisCheck>;
}

interface Reason {
  readonly part: 'mongodb' | 'redis';
  readonly code: string;
  readonly message: string;
}

/** For orchestrators; open to everybody, so the answers name parts and settings, never addresses. */
export function healthRoutes(probes: HealthProbes, log: RequestLog): Router {
  const router = Router();
  router.get('/health/live', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/health/ready', async (request, response) => {
    const reasons = (await Promise.all([databaseReasons(probes), redisReasons(probes)])).flat();
    if (reasons.length > 0) log.of(request).warn({ reasons }, 'not ready');
    response.status(reasons.length > 0 ? 503 : 200);
    response.json({ status: reasons.length > 0 ? 'unavailable' : 'ok', reasons });
  });
  return router;
}

async function databaseReasons(probes: HealthProbes): Promise<Reason[]> {
  const unavailable = {
    part: 'mongodb',
    code: 'DATABASE_UNAVAILABLE',
    message: 'MongoDB does not answer',
  } as const;
  const health = await settled(probes.database(), probes.deadlineMs);
  if (health === undefined) return [unavailable];
  return health.healthy ? [] : [{ ...unavailable, code: health.code }];
}

async function redisReasons(probes: HealthProbes): Promise<Reason[]> {
  const unavailable = { part: 'redis', code: 'QUEUE_UNAVAILABLE', message: 'Redis does not answer' } as const;
  const check = await settled(probes.redis(), probes.deadlineMs);
  if (check === undefined) return [unavailable];
  return check.problems
    .filter(({ blocking }) => blocking)
    .map(({ code, message }) =>
      code === 'QUEUE_UNAVAILABLE' ? unavailable : { part: 'redis', code, message },
    );
}

/** Undefined when the probe failed or took too long: either way the part is not there. */
async function settled<T>(probe: Promise<T>, deadlineMs: number): Promise<T | undefined> {
  return withinDeadline(probe, deadlineMs, () => new Error('deadline')).catch(() => undefined);
}
