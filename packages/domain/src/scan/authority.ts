import type { MediaServer } from '@reelsync/core';
import { BatchLoader, type ListingKind, type ListingRepository, type ListingState } from '@reelsync/database';

/**
 * Tells whether "no server provides it" is a fact (AV-2, §5.3): every enabled server has given a complete listing, and
 * the last attempt at none of them failed. Jobs that run at the same time share one query.
 */
export function createAuthority(
  listings: Pick<ListingRepository, 'loadAll'>,
  enabledServers: readonly MediaServer[],
  kind: ListingKind,
): () => Promise<boolean> {
  const loader = new BatchLoader<ListingKind, boolean>((kinds) =>
    Promise.all(
      kinds.map(async (one) => {
        const states = await listings.loadAll(one);
        return enabledServers.every(({ id }) => hasAnswered(states.find(({ serverId }) => serverId === id)));
      }),
    ),
  );
  return () => loader.load(kind);
}

function hasAnswered(state: ListingState | undefined): boolean {
  const status = state?.lastAttempt?.status;
  return state?.completedAt !== undefined && status !== 'failed' && status !== 'refused';
}
