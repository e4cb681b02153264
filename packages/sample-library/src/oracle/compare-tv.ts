import { isObject } from '../json';
import { compareCatalogue } from './compare-catalogue';
import type { Comparison } from './compare-catalogue';
import { episodeKeyOf, seasonKeyOf } from './expected-tv';
import type { ExpectedTv } from './expected-tv';

type Documents = Iterable<unknown> | AsyncIterable<unknown>;

/** Documents of a catalogue. Children belong to the show whose `_id` is their `showId`, whatever it is called. */
export interface TvDocuments {
  readonly shows: Documents;
  readonly seasons: Documents;
  readonly episodes: Documents;
}

export type TvComparison = Readonly<Record<keyof TvDocuments, Comparison>>;

/** Compares shows, seasons and episodes with those of a catalogue, field by field. */
export async function compareTv(expected: ExpectedTv, actual: TvDocuments): Promise<TvComparison> {
  const folders = new Map<string, string>();
  const shows = await compareCatalogue(expected.shows, noteFolders(actual.shows, folders), { kind: 'shows' });
  const folderOf = (document: Readonly<Record<string, unknown>>): string =>
    folders.get(String(document['showId'])) ?? 'a show that is not there';
  const seasons = await compareCatalogue(expected.seasons, actual.seasons, {
    kind: 'seasons',
    keyOf: (season) => seasonKeyOf(folderOf(season), Number(season['seasonNumber'])),
  });
  const episodes = await compareCatalogue(expected.episodes, actual.episodes, {
    kind: 'episodes',
    keyOf: (episode) =>
      episodeKeyOf(folderOf(episode), Number(episode['seasonNumber']), Number(episode['episodeNumber'])),
  });
  return { shows, seasons, episodes };
}

async function* noteFolders(shows: Documents, folders: Map<string, string>): AsyncIterable<unknown> {
  for await (const show of shows) {
    if (isObject(show)) folders.set(String(show['_id']), String(show['originalTitle']));
    yield show;
  }
}
