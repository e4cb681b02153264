import { isObject } from '../json';
import { compareCatalogue } from './compare-catalogue';
import type { Comparison } from './compare-catalogue';
import { episodeKeyOf, seasonKeyOf } from './expected-tv';
import type { ExpectedTv } from './expected-tv';

type Documents = Iterable<unknown> | AsyncIterable<unknown>;
type Fields = Readonly<Record<string, unknown>>;

/** Documents of a catalogue. Children belong to the show whose `_id` is their `showId`, whatever it is called. */
export interface TvDocuments {
  readonly shows: Documents;
  readonly seasons: Documents;
  readonly episodes: Documents;
}

export type TvComparison = Readonly<Record<keyof TvDocuments, Comparison>>;

/**
 * Compares shows, seasons and episodes with those of a catalogue, field by field. Ids are the catalogue's: what counts is the
 * document that they lead to, so of an episode's `seasonId` the key of that season is compared.
 */
export async function compareTv(expected: ExpectedTv, actual: TvDocuments): Promise<TvComparison> {
  const folders = new Map<string, string>();
  const showOf = (document: Fields): string =>
    folders.get(String(document['showId'])) ?? 'a show that is not there';
  const seasonOf = (document: Fields): string =>
    seasonKeyOf(showOf(document), Number(document['seasonNumber']));
  const episodeOf = (document: Fields): string =>
    episodeKeyOf(showOf(document), Number(document['seasonNumber']), Number(document['episodeNumber']));

  const shows = await compareCatalogue(
    expected.shows,
    noteKeys(actual.shows, folders, ({ originalTitle }) => String(originalTitle)),
    { kind: 'shows' },
  );
  const seasonKeys = new Map<string, string>();
  const seasons = await compareCatalogue(expected.seasons, noteKeys(actual.seasons, seasonKeys, seasonOf), {
    kind: 'seasons',
    keyOf: seasonOf,
  });
  const episodes = await compareCatalogue(
    withSeasons(expected.episodes),
    leadingToSeasons(actual.episodes, seasonKeys),
    { kind: 'episodes', keyOf: episodeOf },
  );
  return { shows, seasons, episodes };
}

/** Passes the documents on; afterwards the map leads from their ids to their keys. */
async function* noteKeys(
  documents: Documents,
  keys: Map<string, string>,
  keyOf: (document: Fields) => string,
): AsyncIterable<unknown> {
  for await (const document of documents) {
    if (isObject(document)) keys.set(String(document['_id']), keyOf(document));
    yield document;
  }
}

function withSeasons(episodes: ExpectedTv['episodes']): ReadonlyMap<string, object> {
  return new Map(
    [...episodes].map(([key, episode]) => [
      key,
      { ...episode, seasonId: seasonKeyOf(episode.originalTitle, episode.seasonNumber) },
    ]),
  );
}

async function* leadingToSeasons(
  episodes: Documents,
  seasonKeys: ReadonlyMap<string, string>,
): AsyncIterable<unknown> {
  for await (const episode of episodes) {
    if (!isObject(episode)) yield episode;
    else {
      const seasonId = seasonKeys.get(String(episode['seasonId'])) ?? 'a season that is not there';
      yield { ...episode, seasonId };
    }
  }
}
