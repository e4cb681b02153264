import type { MediaServer } from '@reelsync/core';
import { BatchLoader, type ListingKind, type ListingRepository, type ListingState } from '@reelsync/database';

/**
 * Tells whether every enabled server has given a complete listing of a kind, so that "no server provides it" is a fact
 * (AV-2, §5.3). Jobs that run at the same time share one query.
 */
export function createAuthority(
  listings: Pick<ListingRepository, 'loadAll'>,
  enabledServers: readonly MediaServer[],
  kind: ListingKind,
): () => Promise<boolean> {
  const loader = new BatchLoader<ListingKind, boolean>((kinds) =>
    Promise.all(kinds.map(async (one) => haveAllAnswered(await listings.loadAll(one), enabledServers))),
  );
  return () => loader.load(kind);
}

/** Whether each of these servers has ever given a complete listing. */
export function haveAllAnswered(states: readonly ListingState[], servers: readonly MediaServer[]): boolean {
  const answered = new Set(
    states.filter(({ completedAt }) => completedAt !== undefined).map(({ serverId }) => serverId),
  );
  return servers.every(({ id }) => answered.has(id));
}
