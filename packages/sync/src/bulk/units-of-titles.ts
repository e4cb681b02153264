import type { ShowRecord, Unit } from '@reelsync/core';
import type { BulkScope, DatabaseAdapter } from '@reelsync/database';
import { seasonsIn } from '../requests/seasons-in';

export interface UnitsOfTitles {
  readonly units: readonly Unit[];
  /** Titles that no server lists: there is nothing to sync. */
  readonly unknown: readonly string[];
}

/** The units of a domain that folder names stand for. */
export async function unitsOfTitles(
  database: Pick<DatabaseAdapter, 'inventory'>,
  { domain, seasons }: Pick<BulkScope, 'domain' | 'seasons'>,
  titles: readonly string[],
): Promise<UnitsOfTitles> {
  switch (domain) {
    case 'movies':
      return knownTitles(database, 'movie', titles);
    case 'shows':
      return knownTitles(database, 'show', titles);
    case 'seasons':
      return knownSeasons(database, 'season', titles, seasons);
    case 'episodes':
      return knownSeasons(database, 'episodes', titles, seasons);
  }
}

async function knownTitles(
  { inventory }: Pick<DatabaseAdapter, 'inventory'>,
  kind: 'movie' | 'show',
  titles: readonly string[],
): Promise<UnitsOfTitles> {
  const known = await inventory.findKnown(kind, titles);
  const units = titles.filter((title) => known.has(title)).map((title) => ({ kind, title }));
  return { units, unknown: titles.filter((title) => !known.has(title)) };
}

async function knownSeasons(
  database: Pick<DatabaseAdapter, 'inventory'>,
  kind: 'season' | 'episodes',
  titles: readonly string[],
  wanted: readonly number[] | undefined,
): Promise<UnitsOfTitles> {
  const seasons = await Promise.all(titles.map((title) => listedSeasons(database, title)));
  return {
    units: titles.flatMap((title, index) =>
      (seasons[index] ?? [])
        .filter((season) => wanted?.includes(season) ?? true)
        .map((season) => ({ kind, title, season })),
    ),
    unknown: titles.filter((_, index) => seasons[index] === undefined),
  };
}

/** Undefined: no server ever listed the show. */
async function listedSeasons(
  { inventory }: Pick<DatabaseAdapter, 'inventory'>,
  title: string,
): Promise<readonly number[] | undefined> {
  const entries = await inventory.load<ShowRecord>({ kind: 'show', title });
  return entries.length === 0 ? undefined : seasonsIn(entries);
}
