import type { MediaServer } from '@reelsync/core';
import { BatchLoader, type ListingRepository, type ListingState } from '@reelsync/database';

/**
 * Tells whether every enabled server has given a complete listing, so that "no server provides it" is a fact (AV-2,
 * §5.3). Jobs that run at the same time share one query.
 */
export function createAuthority(
  listings: Pick<ListingRepository, 'loadAll'>,
  enabledServers: readonly MediaServer[],
): () => Promise<boolean> {
  const loader = new BatchLoader<'movie', boolean>(async (kinds) => {
    const states = await listings.loadAll('movie');
    const answered = new Set(
      states.filter(({ completedAt }) => completedAt !== undefined).map(({ serverId }) => serverId),
    );
    const complete = enabledServers.every(({ id }) => answered.has(id));
    return kinds.map(() => complete);
  });
  return () => loader.load('movie');
}

/** Whether each of these servers has ever given a complete listing. */
export function haveAllAnswered(states: readonly ListingState[], servers: readonly MediaServer[]): boolean {
  const answered = new Set(
    states.filter(({ completedAt }) => completedAt !== undefined).map(({ serverId }) => serverId),
  );
  return servers.every(({ id }) => answered.has(id));
}
