import { showEntry } from '../contract/show-entry';
import type { ShowEntry } from '../contract/show-entry';
import { isJsonObject } from '../json';
import type { JsonObject, JsonValue } from '../json';
import type { ImageKind } from '../library/media-files';
import { findSeason } from '../library/show-folder';
import { expectedEpisodes } from './expected-episodes';
import type { ExpectedEpisode, SeasonOffer } from './expected-episodes';
import { backdropFields, logoFields, ownedImage, posterFields } from './expected-images';
import type { BackdropFields, ImageLookup, LogoFields, PosterFields } from './expected-images';
import type { Offer, OracleServer } from './servers';
import { byPriority, ownerOf } from './servers';
import { dated, present } from './values';

/** A show as the catalogue must hold it (sync semantics §1.4). */
export interface ExpectedShow extends PosterFields, BackdropFields, LogoFields {
  readonly type: 'tvShow';
  readonly title: string;
  readonly titleSource: string;
  readonly originalTitle: string;
  readonly originalTitleSource: string;
  readonly backdropFocal: string | null;
  readonly backdropFocalSource: string;
  readonly backdropFocalSuggested: string | null;
  readonly backdropFocalSuggestedSource: string;
  /** Distinct season numbers over all servers. */
  readonly seasonCount: number;
  /** Distinct episodes over all servers. */
  readonly totalEpisodeCount: number;
  readonly metadata?: JsonObject;
  readonly metadataSource?: string;
  readonly firstAirDate?: Date;
  readonly lastAirDate?: Date;
  readonly status?: JsonValue;
  readonly overview?: JsonValue;
  readonly genres?: JsonValue;
  readonly networks?: JsonValue;
  readonly numberOfSeasons?: JsonValue;
  readonly rating?: JsonValue;
}

/** A season as the catalogue must hold it (§1.5). */
export interface ExpectedSeason extends PosterFields {
  readonly type: 'season';
  readonly title: string;
  readonly titleSource: string;
  readonly originalTitle: string;
  readonly showTitle: string;
  readonly seasonNumber: number;
  /** TMDB's count, else the number of episodes over all servers. */
  readonly episodeCount: JsonValue;
  readonly metadata?: JsonObject;
  readonly metadataSource?: string;
  readonly airDate?: Date;
  readonly overview?: JsonValue;
  readonly posterPath?: JsonValue;
  readonly rating?: JsonValue;
}

export interface ExpectedTv {
  readonly shows: Map<string, ExpectedShow>;
  /** By `seasonKeyOf`. */
  readonly seasons: Map<string, ExpectedSeason>;
  /** By `episodeKeyOf`. */
  readonly episodes: Map<string, ExpectedEpisode>;
}

type ShowOffers = readonly Offer<ShowEntry>[];

export const seasonKeyOf = (showTitle: string, season: number): string => `${showTitle} / season ${season}`;

export const episodeKeyOf = (showTitle: string, season: number, episode: number): string =>
  `${seasonKeyOf(showTitle, season)} / episode ${episode}`;

/** The merged TV catalogue of these servers. `showTitle` in keys is the folder name. */
export function expectedTv(servers: readonly OracleServer[]): ExpectedTv {
  const ordered = byPriority(servers);
  const expected: ExpectedTv = { shows: new Map(), seasons: new Map(), episodes: new Map() };
  for (const { library } of ordered) {
    for (const title of library.shows.titles()) {
      // A folder called `version` is shadowed by the listing's own member (contract §3.1).
      if (title !== 'version' && !expected.shows.has(title)) expectShow(title, ordered, expected);
    }
  }
  return expected;
}

function expectShow(title: string, ordered: readonly OracleServer[], expected: ExpectedTv): void {
  const offers = ordered.flatMap((server): Offer<ShowEntry>[] => {
    const folder = server.library.shows.get(title);
    const publication = { prefix: server.prefix, nodeUrl: `${server.baseUrl}/node` };
    return folder ? [{ server, entry: showEntry(title, folder, publication) }] : [];
  });
  const seasons = seasonOffers(offers);
  const show = expectedShow(title, offers);
  if (!show) return;
  let totalEpisodeCount = 0;
  for (const [number, folders] of seasons) {
    const episodes = expectedEpisodes({ folder: title, display: show.title }, number, folders);
    totalEpisodeCount += episodes.length;
    for (const episode of episodes) {
      expected.episodes.set(episodeKeyOf(title, number, episode.episodeNumber), episode);
    }
    expected.seasons.set(
      seasonKeyOf(title, number),
      expectedSeason(title, show, number, folders, episodes.length),
    );
  }
  expected.shows.set(title, { ...show, seasonCount: seasons.size, totalEpisodeCount });
}

/** `Season 02` here and `Season 2` there are one season; so are `Season 0` and `Specials` (contract §9.2). */
function seasonOffers(offers: ShowOffers): Map<number, SeasonOffer[]> {
  const seasons = new Map<number, SeasonOffer[]>();
  for (const { server, entry } of offers) {
    for (const [folder, season] of Object.entries(entry.seasons)) {
      const sofar = seasons.get(season.seasonNumber) ?? [];
      seasons.set(season.seasonNumber, [...sofar, { server, folder, entry: season }]);
    }
  }
  return seasons;
}

type ExpectedHeader = Omit<ExpectedShow, 'seasonCount' | 'totalEpisodeCount'>;

function expectedShow(title: string, offers: ShowOffers): ExpectedHeader | null {
  const [best] = offers;
  if (!best) return null;
  const owner = ownerOf(offers, ({ entry }) => entry.metadata)?.offer.server;
  const content = owner?.library.shows.get(title)?.metadata?.read();
  const metadata = typeof content === 'object' ? content : null;
  const name = metadata?.['name'];
  const named = owner && typeof name === 'string' && name !== '';
  return {
    type: 'tvShow',
    title: named ? name : title,
    titleSource: named ? owner.id : best.server.id,
    originalTitle: title,
    originalTitleSource: best.server.id,
    backdropFocal: best.entry.backdropFocal,
    backdropFocalSource: best.server.id,
    backdropFocalSuggested: best.entry.backdropFocalSuggested,
    backdropFocalSuggestedSource: best.server.id,
    ...posterFields(ownedImage(offers, imageLookup('poster', title))),
    ...backdropFields(ownedImage(offers, imageLookup('backdrop', title))),
    ...logoFields(ownedImage(offers, imageLookup('logo', title))),
    ...(owner && metadata ? { metadata, metadataSource: owner.id, ...queryCopies(metadata) } : {}),
  };
}

function imageLookup(kind: ImageKind, title: string): ImageLookup<Offer<ShowEntry>> {
  return {
    path: ({ entry }) => entry[kind],
    previewPath: ({ entry }) => entry[`${kind}Blurhash`],
    file: ({ server }) => server.library.shows.get(title)?.images[kind],
    subject: () => `${title}/${kind}`,
  };
}

/** Copies of metadata members that the website queries. The metadata's own dates stay text. */
function queryCopies(metadata: JsonObject): Partial<ExpectedShow> {
  const { first_air_date: first, last_air_date: last, status, overview, genres, networks } = metadata;
  const { number_of_seasons: numberOfSeasons, vote_average: rating } = metadata;
  return {
    ...dated('firstAirDate', first),
    ...dated('lastAirDate', last),
    ...present({ status, overview, genres, networks, numberOfSeasons, rating }),
  };
}

function expectedSeason(
  title: string,
  show: ExpectedHeader,
  number: number,
  folders: readonly SeasonOffer[],
  episodeCount: number,
): ExpectedSeason {
  const element = seasonMetadata(show, number);
  const name = element?.['name'];
  const named = typeof name === 'string' && name !== '';
  const poster = ownedImage(folders, {
    path: ({ entry }) => entry.season_poster,
    previewPath: ({ entry }) => entry.seasonPosterBlurhash,
    file: ({ server, folder }) => posterFile(title, server, folder),
    subject: ({ folder }) => `${title}/${folder}/poster`,
  });
  return {
    type: 'season',
    title: named ? name : `Season ${number}`,
    titleSource: (named ? show.metadataSource : folders[0]?.server.id) ?? '',
    originalTitle: `Season ${number}`,
    showTitle: show.title,
    seasonNumber: number,
    episodeCount: element?.['episode_count'] ?? episodeCount,
    ...posterFields(poster),
    ...(element ? seasonCopies(element) : {}),
    ...(element && show.metadataSource !== undefined
      ? { metadata: element, metadataSource: show.metadataSource }
      : {}),
  };
}

function seasonCopies(element: JsonObject): Partial<ExpectedSeason> {
  const { air_date: airDate, overview, poster_path: posterPath, vote_average: rating } = element;
  return { ...dated('airDate', airDate), ...present({ overview, posterPath, rating }) };
}

/** The matching element of the show's `seasons[]`, without its episodes. */
function seasonMetadata(show: ExpectedHeader, number: number): JsonObject | null {
  const elements = show.metadata?.['seasons'];
  if (!Array.isArray(elements)) return null;
  const element: unknown = elements.find((one) => isJsonObject(one) && one['season_number'] === number);
  if (!isJsonObject(element)) return null;
  return Object.fromEntries(Object.entries(element).filter(([name]) => name !== 'episodes'));
}

function posterFile(title: string, server: OracleServer, folder: string) {
  const show = server.library.shows.get(title);
  return show && findSeason(show, folder)?.poster;
}
