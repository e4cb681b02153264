import { z } from 'zod';
import {
  anyMembers,
  focalHint,
  isCaptionDetail,
  mediaQualitySchema,
  optionalMeasure,
  optionalText,
  probeSchema,
  subtitlesSchema,
} from './listing-schemas';
import {
  compact,
  normalizeCaptions,
  normalizeImage,
  ownMember,
  probeDimensions,
  probeSizeKb,
} from './normalize-media';
import { parseRecord, type ParsedRecord, type RecordRules } from './parsed-record';
import { compareSeasonFolders, mayHaveSeasonNumber, parseEpisodeNumber, parseSeasonNumber } from './tv-keys';
import type { EpisodeRecord, SeasonListing, ShowListing } from './tv-record';

const episodeSchema = z.object({
  filename: optionalText,
  videoURL: optionalText,
  mediaLastModified: optionalText,
  hdr: optionalText,
  mediaQuality: mediaQualitySchema,
  additionalMetadata: probeSchema,
  size: optionalMeasure,
  episodeNumber: z.number().nullish(),
  derivedEpisodeName: optionalText,
  title: optionalText,
  length: optionalMeasure,
  dimensions: optionalText,
  thumbnail: optionalText,
  thumbnailBlurhash: optionalText,
  metadata: optionalText,
  chapters: optionalText,
  subtitles: subtitlesSchema,
});

type EpisodeEntry = z.output<typeof episodeSchema>;

const EPISODE_DETAILS: ReadonlySet<PropertyKey | undefined> = new Set([
  'mediaLastModified',
  'hdr',
  'mediaQuality',
  'additionalMetadata',
  'size',
  'derivedEpisodeName',
  'title',
  'length',
  'dimensions',
]);

/** A broken number costs an episode nothing whose key says which it is. */
function episodeRules(key: string): RecordRules<typeof episodeSchema, EpisodeEntry> {
  return {
    schema: episodeSchema,
    isDetail: ([part, ...rest]) =>
      EPISODE_DETAILS.has(part) ||
      (part === 'subtitles' && isCaptionDetail(rest)) ||
      (part === 'episodeNumber' && parseEpisodeNumber(key, undefined, undefined) !== undefined),
    normalize: (entry) => entry,
  };
}

const seasonSchema = z.object({
  /** Each episode is validated by itself: a broken one must not cost the others. */
  episodes: anyMembers.nullish(),
  lengths: z.record(z.string(), optionalMeasure).nullish(),
  dimensions: z.record(z.string(), optionalText).nullish(),
  seasonNumber: z.number().int().nonnegative().nullish(),
  season_poster: optionalText,
  seasonPosterBlurhash: optionalText,
});

type SeasonEntry = z.output<typeof seasonSchema>;

/** A broken number costs a folder nothing whose name says which season it holds. */
function seasonRules(folder: string): RecordRules<typeof seasonSchema, SeasonEntry> {
  return {
    schema: seasonSchema,
    isDetail: ([part]) =>
      part === 'lengths' ||
      part === 'dimensions' ||
      (part === 'seasonNumber' && parseSeasonNumber(folder, undefined) !== undefined),
    normalize: (entry) => entry,
  };
}

/** A show as the listing sends it (contract §3.6); missing assets are '' there. */
const showSchema = z.object({
  metadata: optionalText,
  poster: optionalText,
  posterBlurhash: optionalText,
  backdrop: optionalText,
  backdropBlurhash: optionalText,
  logo: optionalText,
  seasons: anyMembers.nullish(),
  backdropFocal: focalHint,
  backdropFocalSuggested: focalHint,
});

type ShowEntry = z.output<typeof showSchema>;

const showRules: RecordRules<typeof showSchema, ShowListing> = {
  schema: showSchema,
  isDetail: ([part]) => part === 'backdropFocal' || part === 'backdropFocalSuggested',
  normalize: toShowListing,
};

/** Validates and normalises one member of a TV listing. Pure; never throws. */
export function parseShowListing(raw: unknown): ParsedRecord<ShowListing> {
  return parseRecord(showRules, raw);
}

function toShowListing(entry: ShowEntry, problems: string[]): ShowListing {
  const unread = new Set<number>();
  const unnumbered: string[] = [];
  const folders = readFolders(entry.seasons ?? {}, problems, { unread, unnumbered });
  const seasons = mergeFolders(folders, problems, unread);
  return {
    show: compact({
      images: compact({
        poster: normalizeImage(entry.poster, entry.posterBlurhash),
        backdrop: normalizeImage(entry.backdrop, entry.backdropBlurhash),
        logo: normalizeImage(entry.logo, undefined),
      }),
      metadata: entry.metadata,
      backdropFocal: entry.backdropFocal,
      backdropFocalSuggested: entry.backdropFocalSuggested,
      seasons: seasons.map(({ number, header }) => ({ number, episodes: header.episodes })),
    }),
    seasons,
    unreadSeasons: [...unread].filter((number) => seasons.every((season) => season.number !== number)),
    unnumberedFolders: unnumbered.filter(mayHaveSeasonNumber),
  };
}

interface SeasonFolder extends FolderEpisodes {
  readonly folder: string;
  readonly number: number;
  readonly entry: SeasonEntry;
}

interface FolderEpisodes {
  readonly episodes: readonly { readonly key: string; readonly episode: EpisodeRecord }[];
  readonly unread: SeasonListing['unread'];
  readonly unnumberedVideos: readonly string[];
}

function readFolders(
  seasons: Readonly<Record<string, unknown>>,
  problems: string[],
  { unread, unnumbered }: { readonly unread: Set<number>; readonly unnumbered: string[] },
): SeasonFolder[] {
  return entriesByKey(seasons).flatMap(([folder, raw]) => {
    const parsed = parseRecord(seasonRules(folder), raw);
    if (!parsed.ok) {
      problems.push(`season '${folder}': ${parsed.problem}`);
      const hidden = parseSeasonNumber(folder, numberIn(raw, 'seasonNumber'));
      if (hidden !== undefined) unread.add(hidden);
      else unnumbered.push(folder);
      return [];
    }
    for (const problem of parsed.problems) problems.push(`season '${folder}': ${problem}`);
    const number = parseSeasonNumber(folder, parsed.record.seasonNumber ?? undefined);
    if (number === undefined) {
      problems.push(`season '${folder}' has no number: it was left out`);
      unnumbered.push(folder);
      return [];
    }
    return [{ folder, number, entry: parsed.record, ...readEpisodes(folder, parsed.record, problems) }];
  });
}

function readEpisodes(folder: string, season: SeasonEntry, problems: string[]): FolderEpisodes {
  const episodes: { key: string; episode: EpisodeRecord }[] = [];
  const unread: (number | undefined)[] = [];
  const unnumberedVideos: string[] = [];
  for (const [key, raw] of entriesByKey(season.episodes ?? {})) {
    const parsed = parseRecord(episodeRules(key), raw);
    const what = `episode '${key}' of season '${folder}'`;
    if (!parsed.ok) {
      problems.push(`${what}: ${parsed.problem}`);
      unread.push(parseEpisodeNumber(key, textIn(raw, 'filename'), numberIn(raw, 'episodeNumber')));
      continue;
    }
    for (const problem of parsed.problems) problems.push(`${what}: ${problem}`);
    const { filename, episodeNumber, videoURL } = parsed.record;
    const number = parseEpisodeNumber(key, filename, episodeNumber ?? undefined);
    if (number === undefined) {
      problems.push(`${what} has no number: it was left out`);
      if (videoURL !== undefined) unnumberedVideos.push(videoURL);
    } else episodes.push({ key, episode: toEpisodeRecord(key, number, parsed.record, season) });
  }
  const numbers = unread.filter((number) => number !== undefined);
  return { episodes, unread: numbers.length === unread.length ? numbers : 'any', unnumberedVideos };
}

/** The order on the wire is that of the server's storage and means nothing (contract §3.1); this one stays. */
function entriesByKey(members: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A member of something that cannot be read as a whole. */
function memberIn(raw: unknown, name: string): unknown {
  return typeof raw === 'object' && raw !== null
    ? new Map<string, unknown>(Object.entries(raw)).get(name)
    : undefined;
}

function numberIn(raw: unknown, name: string): number | undefined {
  const value = memberIn(raw, name);
  return typeof value === 'number' ? value : undefined;
}

function textIn(raw: unknown, name: string): string | undefined {
  const value = memberIn(raw, name);
  return typeof value === 'string' ? value : undefined;
}

function toEpisodeRecord(
  key: string,
  number: number,
  entry: EpisodeEntry,
  season: SeasonEntry,
): EpisodeRecord {
  const probe = entry.additionalMetadata;
  const duration = ownMember(season.lengths, key) ?? entry.length ?? probe?.duration;
  const dimensions = ownMember(season.dimensions, key) ?? entry.dimensions ?? probeDimensions(probe);
  return compact({
    number,
    name: entry.derivedEpisodeName ?? entry.title,
    video:
      entry.videoURL === undefined
        ? undefined
        : compact({
            path: entry.videoURL,
            duration,
            dimensions,
            sizeKb: entry.size ?? probeSizeKb(probe),
            hdr: entry.hdr,
            mediaQuality: entry.mediaQuality,
            lastModified: entry.mediaLastModified,
          }),
    images: compact({ thumbnail: normalizeImage(entry.thumbnail, entry.thumbnailBlurhash) }),
    metadata: entry.metadata,
    chapters: entry.chapters,
    captions: normalizeCaptions(entry.subtitles),
  });
}

/**
 * Two folders may hold one season (`Season 0` and `Specials`): their episodes are united; the usual name wins a clash, then
 * the first key.
 */
function mergeFolders(
  folders: readonly SeasonFolder[],
  problems: string[],
  unreadSeasons: ReadonlySet<number>,
): SeasonListing[] {
  const byNumber = new Map<number, SeasonFolder[]>();
  for (const folder of folders) byNumber.set(folder.number, [...(byNumber.get(folder.number) ?? []), folder]);
  return [...byNumber.entries()]
    .sort(([a], [b]) => a - b)
    .map(([number, parts]) => {
      const ordered = parts.sort((a, b) => compareSeasonFolders(a.folder, b.folder));
      const episodes = uniteEpisodes(ordered, problems);
      const posterFrom = ordered.find(({ entry }) => entry.season_poster !== undefined)?.entry;
      return {
        number,
        header: {
          images: compact({
            poster: normalizeImage(posterFrom?.season_poster, posterFrom?.seasonPosterBlurhash),
          }),
          episodes: episodes.map((episode) => episode.number),
        },
        episodes: { episodes },
        unread: unreadSeasons.has(number) ? 'any' : uniteUnread(ordered),
        unnumberedVideos: ordered.flatMap(({ unnumberedVideos }) => unnumberedVideos),
      };
    });
}

function uniteUnread(folders: readonly SeasonFolder[]): SeasonListing['unread'] {
  const numbers = folders.map(({ unread }) => unread).filter((unread) => unread !== 'any');
  return numbers.length === folders.length ? numbers.flat() : 'any';
}

function uniteEpisodes(folders: readonly SeasonFolder[], problems: string[]): EpisodeRecord[] {
  const united = new Map<number, EpisodeRecord>();
  for (const { folder, episodes } of folders) {
    for (const { key, episode } of episodes) {
      if (united.has(episode.number))
        problems.push(`episode ${episode.number} is held twice; '${key}' of season '${folder}' was left out`);
      else united.set(episode.number, episode);
    }
  }
  return [...united.values()].sort((a, b) => a.number - b.number);
}
