import type { ListingState } from '@reelsync/database';

import type { AdminDependencies, Handlers } from '../handler';

/** What is known about the file servers. */
export function serverHandlers({
  config,
  database: { listings },
  workers,
}: Pick<AdminDependencies, 'config' | 'database' | 'workers'>): Pick<Handlers, 'listServers'> {
  return {
    listServers: async () => {
      const [movies, tv, present] = await Promise.all([
        listings.loadAll('movies'),
        listings.loadAll('tv'),
        workers.list(),
      ]);
      const items = config.servers.map(({ id, enabled, priority }) => ({
        id,
        enabled,
        priority,
        listings: [...movies, ...tv].filter(({ serverId }) => serverId === id).map(toListing),
        workers: present.flatMap(({ worker, servers }) =>
          servers
            .filter(({ serverId }) => serverId === id)
            .map(({ breaker, active, pending, total, failed }) => ({
              worker,
              breaker,
              active,
              pending,
              total,
              failed,
            })),
        ),
      }));
      return { items };
    },
  };
}

function toListing({ kind, titleCount = 0, completedAt, lastAttempt }: ListingState) {
  return {
    kind,
    titles: titleCount,
    ...(completedAt === undefined ? {} : { completedAt }),
    ...(lastAttempt === undefined ? {} : { lastAttempt }),
  };
}
