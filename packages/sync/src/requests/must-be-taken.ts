import { ReelsyncError } from '@reelsync/core';
import type { EnqueueResult } from '@reelsync/queue';

/** Throws what the queue had against the job. */
export function mustBeTaken(result: EnqueueResult): 'created' | 'merged' {
  if (result.status === 'rejected') throw new ReelsyncError(result.code, result.message);
  return result.status;
}
