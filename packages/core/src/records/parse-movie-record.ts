import { z } from 'zod';
import {
  focalHint,
  isCaptionDetail,
  mediaQualitySchema,
  optionalMeasure,
  optionalText,
  probeSchema,
  subtitlesSchema,
} from './listing-schemas';
import type { MovieRecord, VideoRecord } from './movie-record';
import {
  compact,
  normalizeCaptions,
  normalizeImage,
  ownMember,
  probeDimensions,
  probeSizeKb,
} from './normalize-media';
import { parseRecord, type ParsedRecord } from './parsed-record';

const urlsSchema = z.object({
  mp4: optionalText,
  mediaLastModified: optionalText,
  poster: optionalText,
  posterBlurhash: optionalText,
  backdrop: optionalText,
  backdropBlurhash: optionalText,
  logo: optionalText,
  metadata: optionalText,
  chapters: optionalText,
  subtitles: subtitlesSchema,
});

/** A movie as the listing sends it (contract §3.1, §3.2). Only what we read; everything else is ignored. */
const movieListingSchema = z.object({
  length: z.record(z.string(), optionalMeasure).nullish(),
  dimensions: z.record(z.string(), optionalText).nullish(),
  urls: urlsSchema,
  hdr: optionalText,
  mediaQuality: mediaQualitySchema,
  additional_metadata: probeSchema,
  backdropFocal: focalHint,
  backdropFocalSuggested: focalHint,
});

type MovieListingEntry = z.output<typeof movieListingSchema>;

/** Validates and normalises one member of a movie listing. Pure; never throws. */
export function parseMovieRecord(raw: unknown): ParsedRecord<MovieRecord> {
  return parseRecord({ schema: movieListingSchema, isDetail, normalize: toMovieRecord }, raw);
}

function isDetail([part, member, ...rest]: readonly PropertyKey[]): boolean {
  if (part !== 'urls') return part !== undefined;
  return member === 'mediaLastModified' || (member === 'subtitles' && isCaptionDetail(rest));
}

function toMovieRecord(entry: MovieListingEntry): MovieRecord {
  const { urls } = entry;
  return compact({
    video: toVideoRecord(entry),
    images: compact({
      poster: normalizeImage(urls.poster, urls.posterBlurhash),
      backdrop: normalizeImage(urls.backdrop, urls.backdropBlurhash),
      logo: normalizeImage(urls.logo, undefined),
    }),
    metadata: urls.metadata,
    chapters: urls.chapters,
    captions: normalizeCaptions(urls.subtitles),
    backdropFocal: entry.backdropFocal,
    backdropFocalSuggested: entry.backdropFocalSuggested,
  });
}

/**
 * `length` and `dimensions` list every mp4 of the folder; the facts that count are those of the file that `urls.mp4`
 * names (contract §3.2), never "the first mp4".
 */
function toVideoRecord(entry: MovieListingEntry): VideoRecord | undefined {
  const path = entry.urls.mp4;
  if (path === undefined) return undefined;
  const file = fileNameOf(path);
  const probe = entry.additional_metadata;
  return compact({
    path,
    duration: probe?.duration ?? ownMember(entry.length, file),
    dimensions: probeDimensions(probe) ?? ownMember(entry.dimensions, file),
    sizeKb: probeSizeKb(probe),
    hdr: entry.hdr,
    mediaQuality: entry.mediaQuality,
    lastModified: entry.urls.mediaLastModified,
  });
}

function fileNameOf(path: string): string {
  const segment = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(segment);
  } catch {
    // A segment that is not valid percent-encoding names no listed file; the caller then finds no facts for it.
    return segment;
  }
}
