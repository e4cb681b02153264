import { unitKey, type Unit, type UnitKind } from '@reelsync/core';
import type { GateRepository, InventoryRepository } from '@reelsync/database';

export interface DirtyUnitSources {
  readonly inventory: Pick<InventoryRepository, 'streamPending' | 'streamUnits'>;
  readonly gates: Pick<GateRepository, 'streamDue'>;
}

/**
 * Units of a kind whose gate differs from the inventory (glossary: dirty): changed records that no job has applied yet,
 * forced ones, and failures whose waiting time is over. All three come from partial indexes: the cost is that of the change.
 * With `dirtySince`, only those that have been so for a while: a scan may be about to enqueue the others.
 */
export async function* dirtyUnits(
  { inventory, gates }: DirtyUnitSources,
  kind: UnitKind,
  now: Date,
  dirtySince?: Date,
): AsyncIterable<Unit> {
  // A changed record may belong to a unit that failed before or is forced: each unit comes once.
  const due = new Set<string>();
  for await (const unit of gates.streamDue(kind, now, dirtySince)) {
    due.add(unitKey(unit));
    yield unit;
  }
  for await (const unit of inventory.streamPending(kind, dirtySince)) if (!due.has(unitKey(unit))) yield unit;
}

/** Every unit of a kind that these servers hold or held, or any: each job compares its gate itself and ends as unchanged. */
export function allUnits(
  { inventory }: Pick<DirtyUnitSources, 'inventory'>,
  kind: UnitKind,
  serverIds?: readonly string[],
): AsyncIterable<Unit> {
  return inventory.streamUnits(kind, serverIds === undefined ? {} : { serverIds });
}
