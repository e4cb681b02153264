import type { ListingState, ServerHold } from '@reelsync/database';

import type { AdminDependencies, Handlers } from '../handler';

/** What is known about the file servers. */
export function serverHandlers({
  config,
  database: { listings, serverHolds },
  workers,
  now,
}: Pick<AdminDependencies, 'config' | 'database' | 'workers' | 'now'>): Pick<Handlers, 'listServers'> {
  return {
    listServers: async () => {
      const [movies, tv, held, present] = await Promise.all([
        listings.loadAll('movies'),
        listings.loadAll('tv'),
        serverHolds.list(now()),
        workers.list(),
      ]);
      const items = config.servers.map(({ id, enabled, priority }) => ({
        id,
        enabled,
        priority,
        listings: [...movies, ...tv].filter(({ serverId }) => serverId === id).map(toListing),
        ...toHold(held.find(({ serverId }) => serverId === id)),
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

/** Nothing but the status `critical` holds a server back (contract §7.2). */
function toHold(hold: ServerHold | undefined) {
  if (hold === undefined) return {};
  const { since, until } = hold;
  return { hold: { since, until, reason: 'critical' as const } };
}

function toListing({ kind, titleCount = 0, completedAt, checkedAt, lastAttempt }: ListingState) {
  return {
    kind,
    titles: titleCount,
    ...(completedAt === undefined ? {} : { completedAt }),
    ...(checkedAt === undefined ? {} : { checkedAt }),
    ...(lastAttempt === undefined ? {} : { lastAttempt }),
  };
}
