import {
  gateFingerprint,
  readLocks,
  type FieldValues,
  type LockTree,
  type MediaServer,
  type Provider,
} from '@reelsync/core';
import type { ForcedOperations, Gate, InventoryEntry } from '@reelsync/database';
import type { UnitContext } from './unit-context';

/** What is known about a unit before anything is decided. */
export interface UnitSituation<R> {
  /** Inventory of all servers, also of servers from which the unit has vanished. */
  readonly entries: readonly InventoryEntry<R>[];
  /** What enabled servers hold now, best server first. */
  readonly providers: readonly Provider<R>[];
  readonly gate: Gate | null;
  readonly authoritative: boolean;
  readonly force: boolean;
  /** Of what is written into the catalogue. */
  readonly schema: number;
}

/** Everything is applied again, or the operations that this job is for (CD-5). */
export function isForced(gate: Gate | null, context: UnitContext): boolean {
  return (
    context.force === true ||
    gate?.forceSince !== undefined ||
    Object.keys(forcedOperations(gate, context)).length > 0
  );
}

/** The marks that a job answers: of the operations that it is narrowed to, or all. Single episodes answer none. */
export function forcedOperations(gate: Gate | null, { operations, episodes }: UnitContext): ForcedOperations {
  const marks = gate?.forcedOperations ?? {};
  if (episodes !== undefined) return {};
  if (operations === undefined) return marks;
  return Object.fromEntries(
    operations.flatMap((operation) => {
      const at = marks[operation];
      return at === undefined ? [] : [[operation, at]];
    }),
  );
}

/** Something is listed, it was completely applied before, and nothing stands in its way. */
export function isSettled({ providers, gate, force }: UnitSituation<unknown>): boolean {
  return providers.length > 0 && gate?.fingerprint !== undefined && gate.failure === undefined && !force;
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
    const { record, serverHash, contentHash } = entry;
    return [
      {
        server,
        record,
        ...(serverHash === undefined ? {} : { serverHash }),
        ...(contentHash === undefined ? {} : { contentHash }),
      },
    ];
  });
}

/**
 * The gate value that says "the catalogue reflects exactly this" (CD-3). The revisions are part of it: a record that
 * returned to what it was is not what was applied, since a job may have written what it was meanwhile.
 */
export function fingerprintOf<R>(
  { entries, providers, schema }: UnitSituation<R>,
  documents: ReadonlyMap<string, FieldValues>,
  inherited: unknown,
): string {
  return gateFingerprint({
    schema,
    locks: allLocks(documents),
    parents: inherited,
    providers: providers.map(({ server, serverHash }) => {
      const { digest = '', revision = 0 } = entries.find(({ serverId }) => serverId === server.id) ?? {};
      return { server, digest: `${digest}/${revision}`, ...(serverHash === undefined ? {} : { serverHash }) };
    }),
  });
}

export function locksOf(current: FieldValues | null): LockTree | undefined {
  return readLocks(current?.['lockedFields']);
}

/** Locking anything in any document re-opens the unit (B-43). */
function allLocks(documents: ReadonlyMap<string, FieldValues>): LockTree | undefined {
  const single = documents.get('');
  if (single !== undefined) return locksOf(single);
  return Object.fromEntries([...documents].map(([key, document]) => [key, locksOf(document)]));
}
