import { lockFingerprint, type LockTree } from '../catalogue/locks';
import { canonicalHash } from '../digest/canonical-hash';
import type { MediaServer } from '../servers/media-server';

/**
 * Version of what we write into the catalogue. Raise it when the same inventory leads to other documents: every gate
 * re-opens and the next scan of each installation compares every title (CD-3, B-24).
 */
export const CATALOGUE_SCHEMA_VERSION = 1;

interface GateInput {
  /** See `CATALOGUE_SCHEMA_VERSION`. */
  readonly schema: number;
  /** In order of precedence. */
  readonly providers: readonly {
    readonly server: MediaServer;
    readonly digest: string;
    readonly serverHash?: string;
  }[];
  readonly locks: LockTree | undefined;
  /** What a season or the episodes take from the documents above them, as JSON. */
  readonly parents?: unknown;
}

/** What a gate remembers as applied: inventory digests, ownership, locks and schema version (CD-1, CD-3, AV-5, B-43). */
export function gateFingerprint({ schema, providers, locks, parents }: GateInput): string {
  return canonicalHash({
    schema,
    locks: lockFingerprint(locks),
    parents,
    providers: providers.map(({ server, digest, serverHash }) => [
      server.id,
      server.baseUrl,
      server.prefix,
      digest,
      serverHash ?? '',
    ]),
  });
}

/** The set of servers and how they rank. When it changes, every title may have other owners: compare them all (AV-5). */
export function topologyFingerprint(serversByPrecedence: readonly MediaServer[], schema: number): string {
  return canonicalHash({
    schema,
    servers: serversByPrecedence.map(({ id, baseUrl, prefix }) => [id, baseUrl, prefix]),
  });
}
