import type { ShowRecord, Unit } from '@reelsync/core';
import type { InventoryRepository } from '@reelsync/database';
import { seasonsIn } from '../requests/seasons-in';

export async function* movieUnits(titles: readonly string[]): AsyncIterable<Unit> {
  for (const title of new Set(titles)) yield await Promise.resolve({ kind: 'movie', title });
}

/**
 * Shows with all their seasons and episodes that any server lists. Children come before their parents, so that they are
 * part of the run before a parent's end can start them.
 */
export async function* wholeShows(
  inventory: Pick<InventoryRepository, 'load'>,
  titles: readonly string[],
): AsyncIterable<Unit> {
  const shows = await Promise.all(
    [...new Set(titles)].map(async (title) => ({ title, seasons: await listedSeasons(inventory, title) })),
  );
  for (const kind of ['episodes', 'season'] as const)
    for (const { title, seasons } of shows) for (const season of seasons) yield { kind, title, season };
  for (const { title } of shows) yield { kind: 'show', title };
}

async function listedSeasons(
  inventory: Pick<InventoryRepository, 'load'>,
  title: string,
): Promise<readonly number[]> {
  return seasonsIn(await inventory.load<ShowRecord>({ kind: 'show', title }));
}
