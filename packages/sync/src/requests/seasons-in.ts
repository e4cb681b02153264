import type { ShowRecord } from '@reelsync/core';
import type { InventoryEntry } from '@reelsync/database';

/** Numbers of the seasons that any server lists of a show now, ascending. */
export function seasonsIn(entries: readonly InventoryEntry<ShowRecord>[]): readonly number[] {
  const present = entries.filter(({ missingSince }) => missingSince === undefined);
  const numbers = present.flatMap(({ record }) => record.seasons.map(({ number }) => number));
  return [...new Set(numbers)].sort((a, b) => a - b);
}
