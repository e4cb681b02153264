import type { ShowRecord } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';

/** Numbers of the seasons that any server lists of a show, ascending; undefined when no server ever listed the show. */
export async function listedSeasons(
  { inventory }: Pick<DatabaseAdapter, 'inventory'>,
  title: string,
): Promise<readonly number[] | undefined> {
  const entries = await inventory.load<ShowRecord>({ kind: 'show', title });
  if (entries.length === 0) return undefined;
  const present = entries.filter(({ missingSince }) => missingSince === undefined);
  const numbers = present.flatMap(({ record }) => record.seasons.map(({ number }) => number));
  return [...new Set(numbers)].sort((a, b) => a - b);
}
