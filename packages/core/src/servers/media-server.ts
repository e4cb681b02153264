/** One media file server (glossary: server). Built and validated by the config package; frozen. */
export interface MediaServer {
  /** Stable id: `default`, `server2`, … or chosen in the servers file. Matches /^[A-Za-z0-9][A-Za-z0-9_-]*$/. */
  readonly id: string;
  /** Static surface, no trailing slash. */
  readonly baseUrl: string;
  /** API surface, no trailing slash. */
  readonly nodeUrl: string;
  /** Private address of the API surface; preferred over nodeUrl for hashes when set (B-35). */
  readonly internalUrl?: string;
  /** Path prefix that the server puts into every path it emits, e.g. `/media`; '' when there is none. */
  readonly prefix: string;
  /** Lower number wins. Ties are broken by the order of configuration (AV-1). */
  readonly priority: number;
  readonly enabled: boolean;
  /** Shared secret for both directions; a server without one counts as failed, not as empty. */
  readonly webhookId?: string;
  /** Simultaneous requests to this server, over everything one process does. */
  readonly concurrency: number;
  readonly timeouts: ServerTimeouts;
}

/** Deadlines per kind of request, in milliseconds. */
export interface ServerTimeouts {
  /** Until the listing's response headers arrive, and the longest silence in its body. */
  readonly listingMs: number;
  readonly metadataMs: number;
  readonly blurhashMs: number;
  readonly availabilityMs: number;
}

export const DEFAULT_SERVER_TIMEOUTS: ServerTimeouts = {
  listingMs: 30_000,
  metadataMs: 5_000,
  blurhashMs: 3_000,
  availabilityMs: 5_000,
};

/** Ids of the enabled servers, as configured. */
export function enabledIds(servers: readonly MediaServer[]): string[] {
  return servers.filter(({ enabled }) => enabled).map(({ id }) => id);
}

/** Enabled servers, best first: lowest priority number, ties by configuration order (AV-1). */
export function byPrecedence(servers: readonly MediaServer[]): MediaServer[] {
  // Sorting is stable, which keeps ties in the order of configuration.
  return servers.filter(({ enabled }) => enabled).sort((a, b) => a.priority - b.priority);
}
