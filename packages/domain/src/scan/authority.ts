import type { MediaServer } from '@reelsync/core';
import { BatchLoader, type ListingRepository, type ListingState } from '@reelsync/database';

/**
 * Tells whether "no server provides it" is a fact (AV-2, §5.3): every enabled server has given a complete listing, and
 * the last attempt at none of them failed. Jobs that run at the same time share one query.
 */
export function createAuthority(
  listings: Pick<ListingRepository, 'loadAll'>,
  enabledServers: readonly MediaServer[],
): () => Promise<boolean> {
  const loader = new BatchLoader<'movie', boolean>(async (kinds) => {
    const states = await listings.loadAll('movie');
    const isFact = enabledServers.every(({ id }) =>
      hasAnswered(states.find(({ serverId }) => serverId === id)),
    );
    return kinds.map(() => isFact);
  });
  return () => loader.load('movie');
}

function hasAnswered(state: ListingState | undefined): boolean {
  const status = state?.lastAttempt?.status;
  return state?.completedAt !== undefined && status !== 'failed' && status !== 'refused';
}
