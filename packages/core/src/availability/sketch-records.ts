import type { MovieRecord } from '../records/movie-record';
import { parseMovieRecord } from '../records/parse-movie-record';
import { parseShowListing } from '../records/parse-show-listing';
import type { ParsedRecord } from '../records/parsed-record';
import type { ShowListing } from '../records/tv-record';
import type { PathProviders } from './field-availability';

/**
 * Stands in a sketch wherever the server has some value that the availability map does not tell. No file of a server is
 * called that.
 */
export const SOME_VALUE = '\u0000';

const MOVIE_URLS = [
  'mp4',
  'poster',
  'posterBlurhash',
  'backdrop',
  'backdropBlurhash',
  'logo',
  'metadata',
  'chapters',
] as const;
const FOCAL_HINTS = ['backdropFocal', 'backdropFocalSuggested'] as const;
const MOVIE_CAPTION = /^urls\.subtitles\.(.+)\.url$/s;

const SHOW_LEAVES: ReadonlySet<string> = new Set([
  'metadata',
  'poster',
  'posterBlurhash',
  'backdrop',
  'backdropBlurhash',
  'logo',
]);
const SEASON_PATH =
  /^seasons\.(.*?)\.(?:(season_poster|seasonPosterBlurhash|seasonNumber)|episodes\.(.+)|(?:lengths|dimensions)\..+)$/s;
const EPISODE_CAPTION = /^(.*?)\.subtitles\.(.+)\.url$/s;
const EPISODE_LEAF =
  /^(.*)\.(videoURL|thumbnail|thumbnailBlurhash|chapters|metadata|derivedEpisodeName|title|filename|_id)$/s;

/**
 * What another server holds of a title as far as its ownership of fields goes: which of them it provides, never their
 * values. Undefined when it does not list the title.
 */
export function sketchMovie(paths: PathProviders, serverId: string): MovieRecord | undefined {
  const provided = pathsOf(paths, serverId);
  if (provided.size === 0) return undefined;
  const urls = MOVIE_URLS.filter((name) => provided.has(`urls.${name}`)).map(
    (name) => [name, SOME_VALUE] as const,
  );
  const labels = [...provided].flatMap((path) => MOVIE_CAPTION.exec(path)?.[1] ?? []);
  return recordOf(
    parseMovieRecord({
      urls: { ...Object.fromEntries(urls), subtitles: captions(labels) },
      ...focalHints(provided),
    }),
  );
}

/** As `sketchMovie`, of a show with its seasons and episodes. */
export function sketchShow(paths: PathProviders, serverId: string): ShowListing | undefined {
  const provided = pathsOf(paths, serverId);
  if (provided.size === 0) return undefined;
  const leaves = [...provided]
    .filter((path) => SHOW_LEAVES.has(path))
    .map((path) => [path, SOME_VALUE] as const);
  const seasons = [...seasonsOf(provided)].map(([folder, { leaves: own, episodes }]): [string, object] => [
    folder,
    {
      ...Object.fromEntries([...own].map((leaf) => [leaf, SOME_VALUE])),
      // The servers' own rule: the first digits of the folder's name (contract §3.6).
      seasonNumber: firstNumber(folder),
      episodes: Object.fromEntries([...episodes].map(([key, episode]) => [key, sketchEpisode(episode)])),
    },
  ]);
  return recordOf(
    parseShowListing({
      ...Object.fromEntries(leaves),
      ...focalHints(provided),
      seasons: Object.fromEntries(seasons),
    }),
  );
}

interface EpisodePaths {
  readonly leaves: Set<string>;
  readonly labels: string[];
}

interface SeasonPaths {
  readonly leaves: Set<string>;
  readonly episodes: Map<string, EpisodePaths>;
}

function seasonsOf(provided: ReadonlySet<string>): Map<string, SeasonPaths> {
  const seasons = new Map<string, SeasonPaths>();
  for (const path of provided) {
    const [, folder, leaf, ofEpisode] = SEASON_PATH.exec(path) ?? [];
    if (folder === undefined) continue;
    const season = seasons.get(folder) ?? {
      leaves: new Set<string>(),
      episodes: new Map<string, EpisodePaths>(),
    };
    seasons.set(folder, season);
    if (leaf !== undefined && leaf !== 'seasonNumber') season.leaves.add(leaf);
    if (ofEpisode !== undefined) addEpisodePath(season, ofEpisode);
  }
  return seasons;
}

function addEpisodePath({ episodes }: SeasonPaths, path: string): void {
  const caption = EPISODE_CAPTION.exec(path);
  const [, key, what] = caption ?? EPISODE_LEAF.exec(path) ?? [];
  if (key === undefined || what === undefined) return;
  const episode = episodes.get(key) ?? { leaves: new Set<string>(), labels: [] };
  episodes.set(key, episode);
  if (caption === null) episode.leaves.add(what);
  else episode.labels.push(what);
}

function sketchEpisode({ leaves, labels }: EpisodePaths): object {
  return {
    ...Object.fromEntries(
      [...leaves].filter((leaf) => leaf !== 'filename').map((leaf) => [leaf, SOME_VALUE]),
    ),
    subtitles: captions(labels),
  };
}

function captions(labels: readonly string[]): object {
  return Object.fromEntries(labels.map((label) => [label, { url: SOME_VALUE }]));
}

/** Null is a value of a hint, and provides it. */
function focalHints(provided: ReadonlySet<string>): object {
  return Object.fromEntries(FOCAL_HINTS.filter((hint) => provided.has(hint)).map((hint) => [hint, null]));
}

function pathsOf(paths: PathProviders, serverId: string): ReadonlySet<string> {
  return new Set(
    Object.entries(paths).flatMap(([path, serverIds]) => (serverIds.includes(serverId) ? [path] : [])),
  );
}

function firstNumber(text: string): number | undefined {
  const digits = /\d+/.exec(text)?.[0];
  return digits === undefined ? undefined : Number(digits);
}

function recordOf<T>(parsed: ParsedRecord<T>): T {
  if (parsed.ok) return parsed.record;
  throw new TypeError(`a sketch of a listing cannot be parsed: ${parsed.problem}`);
}
