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
export function dirtyUnits(
  { inventory, gates }: DirtyUnitSources,
  kind: UnitKind,
  now: Date,
  dirtySince?: Date,
): AsyncIterable<Unit> {
  return eachOnce(inventory.streamPending(kind, dirtySince), gates.streamDue(kind, now, dirtySince));
}

/** Of two streams in the order of units, each unit once: a changed record may belong to a unit that failed before. */
async function* eachOnce(one: AsyncGenerator<Unit>, other: AsyncGenerator<Unit>): AsyncGenerator<Unit> {
  try {
    let [a, b] = await Promise.all([one.next(), other.next()]);
    while (a.done !== true && b.done !== true) {
      const order = compareUnits(a.value, b.value);
      yield order > 0 ? b.value : a.value;
      if (order <= 0) a = await one.next();
      if (order >= 0) b = await other.next();
    }
    if (a.done !== true) yield a.value;
    if (b.done !== true) yield b.value;
    yield* one;
    yield* other;
  } finally {
    await Promise.all([one.return(undefined), other.return(undefined)]);
  }
}

/** As the database orders the units of a kind: by the bytes of the title, not by its UTF-16 units, then by season. */
function compareUnits(a: Unit, b: Unit): number {
  if (unitKey(a) === unitKey(b)) return 0;
  if (a.title !== b.title) return Buffer.compare(Buffer.from(a.title), Buffer.from(b.title));
  return 'season' in a && 'season' in b ? a.season - b.season : 0;
}

/** Every unit of a kind that these servers hold or held, or any: each job compares its gate itself and ends as unchanged. */
export function allUnits(
  { inventory }: Pick<DirtyUnitSources, 'inventory'>,
  kind: UnitKind,
  serverIds?: readonly string[],
): AsyncIterable<Unit> {
  return inventory.streamUnits(kind, serverIds === undefined ? {} : { serverIds });
}
