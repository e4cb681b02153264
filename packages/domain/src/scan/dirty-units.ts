import type { Unit, UnitKind } from '@reelsync/core';
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
  yield* inventory.streamPending(kind, dirtySince);
  yield* gates.streamDue(kind, now, dirtySince);
}

/** Every unit of a kind that these servers hold or held, or any: each job compares its gate itself and ends as unchanged. */
export function allUnits(
  { inventory }: Pick<DirtyUnitSources, 'inventory'>,
  kind: UnitKind,
  serverIds?: readonly string[],
): AsyncIterable<Unit> {
  return inventory.streamUnits(kind, serverIds === undefined ? {} : { serverIds });
}
