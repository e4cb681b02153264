import type { Unit } from '@reelsync/core';
import type { GateRepository, InventoryRepository } from '@reelsync/database';

export interface DirtyUnitSources {
  readonly inventory: Pick<InventoryRepository, 'streamPendingTitles' | 'streamTitles'>;
  readonly gates: Pick<GateRepository, 'streamDue'>;
}

/**
 * Movies whose gate differs from the inventory (glossary: dirty): changed records that no job has applied yet, forced
 * ones, and failures whose waiting time is over. All three come from partial indexes: the cost is that of the change.
 */
export async function* dirtyMovies({ inventory, gates }: DirtyUnitSources, now: Date): AsyncIterable<Unit> {
  for await (const title of inventory.streamPendingTitles('movie')) yield { kind: 'movie', title };
  for await (const title of gates.streamDue('movie', now)) yield { kind: 'movie', title };
}

/** Every movie that these servers hold or held, or any: each job compares its gate itself and ends as unchanged. */
export async function* allMovies(
  { inventory }: Pick<DirtyUnitSources, 'inventory'>,
  serverIds?: readonly string[],
): AsyncIterable<Unit> {
  const titles = inventory.streamTitles('movie', serverIds === undefined ? {} : { serverIds });
  for await (const title of titles) yield { kind: 'movie', title };
}
