import {
  gateFingerprint,
  readLocks,
  type FieldValues,
  type LockTree,
  type MediaServer,
  type Provider,
} from '@reelsync/core';
import type { Gate, InventoryEntry } from '@reelsync/database';

/** What is known about a unit before anything is decided. */
export interface UnitSituation<R> {
  /** Inventory of all servers, also of servers from which the title has vanished. */
  readonly entries: readonly InventoryEntry<R>[];
  /** What enabled servers hold now, best server first. */
  readonly providers: readonly Provider<R>[];
  readonly gate: Gate | null;
  readonly authoritative: boolean;
  readonly force: boolean;
}

/**
 * Ranks the inventory by server precedence. A server that is down keeps its last known inventory, so ownership does not
 * flip (AV-4); a title that a complete listing no longer names (`missingSince`) is no longer provided by that server.
 */
export function providersOf<R>(
  entries: readonly InventoryEntry<R>[],
  serversByPrecedence: readonly MediaServer[],
): Provider<R>[] {
  return serversByPrecedence.flatMap((server) => {
    const entry = entries.find(
      ({ serverId, missingSince }) => serverId === server.id && missingSince === undefined,
    );
    if (entry === undefined) return [];
    const { record, serverHash } = entry;
    return [serverHash === undefined ? { server, record } : { server, record, serverHash }];
  });
}

/** The gate value that says "the catalogue reflects exactly this" (CD-3). */
export function fingerprintOf<R>(situation: UnitSituation<R>, current: FieldValues | null): string {
  const { entries, providers } = situation;
  return gateFingerprint({
    locks: locksOf(current),
    providers: providers.map(({ server, serverHash }) => ({
      server,
      digest: entries.find(({ serverId }) => serverId === server.id)?.digest ?? '',
      ...(serverHash === undefined ? {} : { serverHash }),
    })),
  });
}

export function locksOf(current: FieldValues | null): LockTree | undefined {
  return readLocks(current?.['lockedFields']);
}
