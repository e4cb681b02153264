import { z } from 'zod';
import {
  focalHint,
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
import { parseRecord, type ParsedRecord } from './parsed-record';
import { compareSeasonFolders, parseEpisodeNumber, parseSeasonNumber } from './tv-keys';
import type { EpisodeRecord, SeasonListing, ShowListing } from './tv-record';

const episodeSchema = z.object({
  filename: optionalText,
  videoURL: optionalText,
  mediaLastModified: optionalText,
  hdr: optionalText,
  mediaQuality: mediaQualitySchema,
  additionalMetadata: probeSchema,
  size: optionalMeasure.catch(undefined),
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

const seasonSchema = z.object({
  /** Each episode is validated by itself: a broken one must not cost the others. */
  episodes: z.record(z.string(), z.unknown()).nullish(),
  lengths: z.record(z.string(), optionalMeasure).nullish(),
  dimensions: z.record(z.string(), optionalText).nullish(),
  seasonNumber: z.number().int().nonnegative().nullish(),
  season_poster: optionalText,
  seasonPosterBlurhash: optionalText,
});

type SeasonEntry = z.output<typeof seasonSchema>;

/** A show as the listing sends it (contract §3.6); missing assets are '' there. */
const showSchema = z.object({
  metadata: optionalText,
  poster: optionalText,
  posterBlurhash: optionalText,
  backdrop: optionalText,
  backdropBlurhash: optionalText,
  logo: optionalText,
  seasons: z.record(z.string(), z.unknown()).nullish(),
  backdropFocal: focalHint,
  backdropFocalSuggested: focalHint,
});

type ShowEntry = z.output<typeof showSchema>;

/** Validates and normalises one member of a TV listing. Pure; never throws. */
export function parseShowListing(raw: unknown): ParsedRecord<ShowListing> {
  return parseRecord(showSchema, raw, toShowListing);
}

function toShowListing(entry: ShowEntry): ShowListing {
  const problems: string[] = [];
  const unread = new Set<number>();
  const seasons = mergeFolders(readFolders(entry.seasons ?? {}, problems, unread), problems);
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
    problems,
  };
}

interface SeasonFolder {
  readonly folder: string;
  readonly number: number;
  readonly entry: SeasonEntry;
  readonly episodes: readonly EpisodeRecord[];
}

function readFolders(
  seasons: Record<string, unknown>,
  problems: string[],
  unread: Set<number>,
): SeasonFolder[] {
  return Object.entries(seasons).flatMap(([folder, raw]) => {
    const parsed = parseRecord(seasonSchema, raw, (entry) => entry);
    if (!parsed.ok) {
      problems.push(`season '${folder}': ${parsed.problem}`);
      const hidden = parseSeasonNumber(folder, undefined);
      if (hidden !== undefined) unread.add(hidden);
      return [];
    }
    const number = parseSeasonNumber(folder, parsed.record.seasonNumber ?? undefined);
    if (number === undefined) {
      problems.push(`season '${folder}' has no number: it was left out`);
      return [];
    }
    return [
      { folder, number, entry: parsed.record, episodes: readEpisodes(folder, parsed.record, problems) },
    ];
  });
}

function readEpisodes(folder: string, season: SeasonEntry, problems: string[]): EpisodeRecord[] {
  return Object.entries(season.episodes ?? {}).flatMap(([key, raw]) => {
    const parsed = parseRecord(episodeSchema, raw, (entry) => entry);
    if (!parsed.ok) {
      problems.push(`episode '${key}' of season '${folder}': ${parsed.problem}`);
      return [];
    }
    const { filename, episodeNumber } = parsed.record;
    const number = parseEpisodeNumber(key, filename, episodeNumber ?? undefined);
    if (number === undefined) {
      problems.push(`episode '${key}' of season '${folder}' has no number: it was left out`);
      return [];
    }
    return [toEpisodeRecord(key, number, parsed.record, season)];
  });
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

/** Two folders may hold one season (`Season 0` and `Specials`): their episodes are united, the usual name wins a clash. */
function mergeFolders(folders: readonly SeasonFolder[], problems: string[]): SeasonListing[] {
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
      };
    });
}

function uniteEpisodes(folders: readonly SeasonFolder[], problems: string[]): EpisodeRecord[] {
  const united = new Map<number, EpisodeRecord>();
  for (const { folder, episodes } of folders) {
    for (const episode of episodes) {
      if (united.has(episode.number))
        problems.push(`episode ${episode.number} is held twice; the one in '${folder}' was left out`);
      else united.set(episode.number, episode);
    }
  }
  return [...united.values()].sort((a, b) => a.number - b.number);
}
