import { lockState, normalizedVideoId, readLocks } from '@reelsync/core';
import type { Fields } from './stored-document';

/**
 * The watch-history key always follows from the URL that is stored after the write, so it is computed here and nowhere
 * else believed (B-4, DM-5, DM-6).
 */
export function withWatchKey(wanted: Fields, current: Fields | null): Fields {
  if (!('videoURL' in wanted) && !('normalizedVideoId' in wanted)) return wanted;
  const locks = readLocks(current?.['lockedFields']);
  const keepsStored = lockState(locks, 'videoURL').kind !== 'open' || wanted['videoURL'] === undefined;
  const videoURL = keepsStored ? current?.['videoURL'] : wanted['videoURL'];
  return {
    ...wanted,
    normalizedVideoId:
      typeof videoURL === 'string' && videoURL !== '' ? normalizedVideoId(videoURL) : undefined,
  };
}
