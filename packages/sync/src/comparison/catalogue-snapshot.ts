import { canonicalHash } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';
import { comparableFields } from './comparable-document';

/** Digest of each document of a catalogue, by kind, folder name and numbers. */
export type CatalogueSnapshot = ReadonlyMap<string, string>;

export async function snapshotCatalogue({
  movies,
  tvShows,
  seasons,
  episodes,
}: Pick<DatabaseAdapter, 'movies' | 'tvShows' | 'seasons' | 'episodes'>): Promise<CatalogueSnapshot> {
  const snapshot = new Map<string, string>();
  const note = (key: readonly unknown[], document: object): void => {
    snapshot.set(JSON.stringify(key), canonicalHash(comparableFields(document)));
  };
  for await (const movie of movies.findAll()) note(['movie', movie.originalTitle], movie);
  // Children carry the display title of their show; its folder name is found through its id.
  const folders = new Map<string, string>();
  for await (const show of tvShows.findAll()) {
    folders.set(String(show._id), show.originalTitle);
    note(['show', show.originalTitle], show);
  }
  for await (const season of seasons.findAll())
    note(['season', folders.get(String(season.showId)), season.seasonNumber], season);
  for await (const episode of episodes.findAll()) {
    const { showId, seasonNumber, episodeNumber } = episode;
    note(['episode', folders.get(String(showId)), seasonNumber, episodeNumber], episode);
  }
  return snapshot;
}

/** Documents of `expected` that are missing or different, and those that it does not know. */
export function countDifferences(expected: CatalogueSnapshot, actual: CatalogueSnapshot): number {
  const wrong = [...expected].filter(([key, digest]) => actual.get(key) !== digest).length;
  const unexpected = [...actual.keys()].filter((key) => !expected.has(key)).length;
  return wrong + unexpected;
}
