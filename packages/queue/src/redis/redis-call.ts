import { ReelsyncError } from '@reelsync/core';
import type { Redis } from 'ioredis';

import { isReadyWithin, PRODUCER_PATIENCE_MS } from './connection';

/** Work on a connection with the profile `producer`: when Redis is down it fails in about a second, as QUEUE_UNAVAILABLE. */
export async function redisCall<T>(connection: Redis, work: () => Promise<T>): Promise<T> {
  try {
    if (!(await isReadyWithin(connection, PRODUCER_PATIENCE_MS))) throw new Error('not connected');
    return await work();
  } catch (error) {
    if (error instanceof ReelsyncError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ReelsyncError('QUEUE_UNAVAILABLE', `Redis does not take jobs: ${reason}`, { cause: error });
  }
}
