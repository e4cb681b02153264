import { encodeTitleSegment } from '../servers/media-url';
import { compact } from './normalize-media';
import type {
  EpisodeRecord,
  SeasonEpisodesRecord,
  SeasonListing,
  SeasonRecord,
  ShowListing,
  ShowRecord,
} from './tv-record';

/** What is known of a show from the listing before. */
export interface KnownShow {
  readonly show?: ShowRecord | undefined;
  readonly seasons: ReadonlyMap<number, KnownSeason>;
}

export interface KnownSeason {
  readonly header?: SeasonRecord | undefined;
  readonly episodes?: SeasonEpisodesRecord | undefined;
}

/** Seasons of which something is held that could not be read or placed. */
export function partlyReadSeasons({ seasons }: ShowListing): readonly number[] {
  return seasons
    .filter(({ unread, unnumberedVideos }) => unread === 'any' || unread.length + unnumberedVideos.length > 0)
    .map(({ number }) => number);
}

/**
 * Seasons of which files lie in one of these folders of the show: a folder that has lost its number still holds its season.
 */
export function seasonsOfFolders(
  title: string,
  folders: readonly string[],
  seasons: ReadonlyMap<number, KnownSeason>,
): readonly number[] {
  const show = `/${encodeTitleSegment(title)}/`;
  const segments = folders.map((folder) => `${show}${encodeTitleSegment(folder)}/`);
  return [...seasons].flatMap(([number, season]) =>
    pathsOf(season).some((path) => segments.some((segment) => path.includes(segment))) ? [number] : [],
  );
}

/** Counts these seasons as unread, those too of which another folder was read. */
export function withUnread(listing: ShowListing, numbers: readonly number[]): ShowListing {
  const { seasons, unreadSeasons } = listing;
  const listed = seasons.map(({ number }) => number);
  const unlisted = numbers.filter((number) => !listed.includes(number));
  return {
    ...listing,
    seasons: seasons.map((season) =>
      numbers.includes(season.number) ? { ...season, unread: 'any' } : season,
    ),
    unreadSeasons: [...new Set([...unreadSeasons, ...unlisted])],
  };
}

function pathsOf({ header, episodes }: KnownSeason): readonly string[] {
  const ofEpisodes = (episodes?.episodes ?? []).flatMap(({ video, images, metadata }) => [
    video?.path,
    images.thumbnail?.path,
    metadata,
  ]);
  return [header?.images.poster?.path, ...ofEpisodes].filter((path) => path !== undefined);
}

/**
 * Puts what was known before in the place of what the server holds but cannot be read, or not be placed any more: else another server would take
 * those episodes over, and they would be missing from the counts.
 */
export function keepUnread(listing: ShowListing, known: KnownShow): ShowListing {
  const seasons = listing.seasons.map((season) => keepEpisodes(season, known.seasons.get(season.number)));
  const unread = known.show?.seasons.filter(({ number }) => listing.unreadSeasons.includes(number)) ?? [];
  const counted = [
    ...seasons.map(({ number, header }) => ({ number, episodes: header.episodes })),
    ...unread,
  ];
  return { ...listing, seasons, show: { ...listing.show, seasons: counted.sort(byNumber) } };
}

function keepEpisodes(season: SeasonListing, known: KnownSeason | undefined): SeasonListing {
  const listed = season.episodes.episodes;
  const kept = (known?.episodes?.episodes ?? []).filter(
    (episode) => isHeldUnread(season, episode) && listed.every(({ number }) => number !== episode.number),
  );
  const episodes: EpisodeRecord[] = [...listed, ...kept].sort(byNumber);
  const { poster = season.unread === 'any' ? known?.header?.images.poster : undefined } =
    season.header.images;
  return {
    ...season,
    header: { images: compact({ poster }), episodes: episodes.map(({ number }) => number) },
    episodes: { episodes },
  };
}

function isHeldUnread(
  { unread, unnumberedVideos }: SeasonListing,
  { number, video }: EpisodeRecord,
): boolean {
  if (unread === 'any' || unread.includes(number)) return true;
  return video !== undefined && unnumberedVideos.includes(video.path);
}

function byNumber(a: { readonly number: number }, b: { readonly number: number }): number {
  return a.number - b.number;
}
