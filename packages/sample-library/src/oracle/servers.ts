import type { Library } from '../library/library';

/** One configured file server, as the oracle sees it. */
export interface OracleServer {
  readonly id: string;
  /** Lower wins; equal numbers are decided by order in the list (AV-1). */
  readonly priority: number;
  readonly baseUrl: string;
  readonly prefix: string;
  readonly library: Library;
}

/** What one server says about one title. */
export interface Offer<Entry> {
  readonly server: OracleServer;
  readonly entry: Entry;
}

/** Best server first. */
export function byPriority(servers: readonly OracleServer[]): OracleServer[] {
  return servers.toSorted((left, right) => left.priority - right.priority);
}

/** The best offer whose value is there: absent, null and '' confer no ownership (AV-3). */
export function ownerOf<Given extends Offer<unknown>>(
  offers: readonly Given[],
  value: (offer: Given) => string | null | undefined,
): { readonly offer: Given; readonly value: string } | null {
  for (const offer of offers) {
    const found = value(offer);
    if (found != null && found !== '') return { offer, value: found };
  }
  return null;
}

/** A listing path already holds the prefix; only pending captions are absolute (contract §1.1). */
export function absoluteUrl(server: OracleServer, path: string): string {
  return /^https?:\/\//.test(path) ? path : `${server.baseUrl.replace(/\/+$/, '')}${path}`;
}
