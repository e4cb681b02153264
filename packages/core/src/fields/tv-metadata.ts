import { compact } from '../records/normalize-media';
import type { FieldValues, InlineMetadata } from './field-group';
import { parseMetadata, requireMetadata, textOf, toDate, toInteger } from './metadata';

/*
 * What the metadata of shows, seasons and episodes gives: the object itself as it was sent (its dates stay text,
 * sync-semantics §1.4), the display title, and copies of some members for queries (B-15). A member of another type than
 * readers expect is not copied.
 */

/** Fields of a show, season or episode that only repeat members of `metadata`. */
export const SHOW_COPIES = [
  'firstAirDate',
  'lastAirDate',
  'status',
  'overview',
  'genres',
  'networks',
  'numberOfSeasons',
  'rating',
] as const;
export const SEASON_COPIES = ['airDate', 'overview', 'posterPath', 'rating'] as const;
export const EPISODE_COPIES = [
  'airDate',
  'runtime',
  'rating',
  'overview',
  'stillPath',
  'crew',
  'guestStars',
] as const;

/** Undefined: the metadata has nothing to copy. */
export function repeatedOfShow(metadata: FieldValues): FieldValues {
  return {
    title: textOf(metadata['name']),
    firstAirDate: toDate(metadata['first_air_date']),
    lastAirDate: toDate(metadata['last_air_date']),
    status: stringOf(metadata['status']),
    overview: stringOf(metadata['overview']),
    genres: listOf(metadata['genres']),
    networks: listOf(metadata['networks']),
    numberOfSeasons: numberOf(metadata['number_of_seasons']),
    rating: numberOf(metadata['vote_average']),
  };
}

export function repeatedOfSeason(metadata: FieldValues): FieldValues {
  return {
    title: textOf(metadata['name']),
    airDate: toDate(metadata['air_date']),
    overview: stringOf(metadata['overview']),
    posterPath: stringOf(metadata['poster_path']),
    rating: numberOf(metadata['vote_average']),
  };
}

export function repeatedOfEpisode(metadata: FieldValues): FieldValues {
  return {
    title: textOf(metadata['name']),
    airDate: toDate(metadata['air_date']),
    runtime: numberOf(metadata['runtime']),
    rating: numberOf(metadata['vote_average']),
    overview: stringOf(metadata['overview']),
    stillPath: stringOf(metadata['still_path']),
    crew: listOf(metadata['crew']),
    guestStars: listOf(metadata['guest_stars']),
  };
}

export function readShowMetadata(content: unknown): FieldValues {
  const metadata = requireMetadata(content);
  return compact({ metadata, ...repeatedOfShow(metadata) });
}

/** `metadata` is one element of the show's `seasons[]`, without its episodes. */
export function readSeasonMetadata(metadata: FieldValues): FieldValues {
  return compact({ metadata, ...repeatedOfSeason(metadata) });
}

export function readEpisodeMetadata(content: unknown): FieldValues {
  const metadata = requireMetadata(content);
  return compact({ metadata, ...repeatedOfEpisode(metadata) });
}

/** The parts of a stored show that say something about its seasons and episodes. */
interface ShowMetadata {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly metadataSource?: string;
}

/** What a show's metadata says about one season: there is no file for seasons (contract §4). */
export function inlineSeason(show: ShowMetadata, seasonNumber: number): InlineMetadata | undefined {
  const season = seasonOf(show, seasonNumber);
  if (season === undefined) return undefined;
  const withoutEpisodes = Object.entries(season).filter(([name]) => name !== 'episodes');
  return inline(show, Object.fromEntries(withoutEpisodes));
}

/** What a show's metadata says about one episode, for display while its own file cannot be read (ST-E3). */
export function inlineEpisode(
  show: ShowMetadata,
  seasonNumber: number,
  episodeNumber: number,
): InlineMetadata | undefined {
  const episodes = seasonOf(show, seasonNumber)?.['episodes'];
  const episode = find(episodes, 'episode_number', episodeNumber);
  return episode === undefined ? undefined : inline(show, episode);
}

/** All that a show's metadata says about a season and its episodes. */
export function seasonOf({ metadata }: ShowMetadata, seasonNumber: number): FieldValues | undefined {
  return find(metadata?.['seasons'], 'season_number', seasonNumber);
}

function find(elements: unknown, member: string, number: number): FieldValues | undefined {
  if (!Array.isArray(elements)) return undefined;
  return elements.filter(isObject).find((element) => numberOf(element[member]) === number);
}

function inline({ metadataSource }: ShowMetadata, metadata: FieldValues): InlineMetadata | undefined {
  if (!parseMetadata(metadata).ok) return undefined;
  return metadataSource === undefined ? { metadata } : { metadata, serverId: metadataSource };
}

function isObject(value: unknown): value is FieldValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A number, or a whole one that an operator wrote as text. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : toInteger(value);
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
