import type { DatabaseAdapter, ListingKind, ListingState } from '@reelsync/database';

export interface ListingFreshnessOptions {
  readonly listings: Pick<DatabaseAdapter['listings'], 'loadAll'>;
  /** Enabled servers. */
  readonly serverIds: readonly string[];
  /** A listing that was read less than this ago says what the server holds. */
  readonly maxAgeMs: number;
  readonly now: () => Date;
}

/** Tells whose inventory is too old to answer a request for single titles. */
export class ListingFreshness {
  constructor(private readonly options: ListingFreshnessOptions) {}

  /** Servers that should be asked again; one that has just failed counts as asked. */
  async staleServers(kind: ListingKind): Promise<string[]> {
    const { listings, serverIds, maxAgeMs, now } = this.options;
    const states = await listings.loadAll(kind);
    const oldest = now().getTime() - maxAgeMs;
    return serverIds.filter((id) => askedAt(states.find(({ serverId }) => serverId === id)) <= oldest);
  }
}

function askedAt(state: ListingState | undefined): number {
  return Math.max(state?.checkedAt?.getTime() ?? 0, state?.lastAttempt?.at.getTime() ?? 0);
}
