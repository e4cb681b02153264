import type { MovieFolder } from '../library/media-files';
import { publishedVideo } from '../library/media-files';
import type { Publication } from './movie-entry';
import { movieEntry } from './movie-entry';
import { recordHash } from './tokens';

/** One member of `titles` in a bulk hash map (contract §5.1). */
export interface TitleHash {
  readonly hash: string;
  readonly contentHash: string | null;
  readonly lastModified: string | null;
  readonly generated: string;
}

/** When rows that never changed were generated. */
export const FIRST_GENERATED = Date.UTC(2025, 11, 31, 23, 58, 39);

/** `YYYY-MM-DD HH:MM:SS` in UTC without a zone: the trap of contract §5.1. */
export function generatedText(time: number | null): string {
  return new Date(time ?? FIRST_GENERATED).toISOString().slice(0, 19).replace('T', ' ');
}

/** The per-title value, which never equals the bulk value of the same movie (contract §5.2). */
export function uncombinedMovieHash(title: string, folder: MovieFolder, publication: Publication): string {
  const { _id, urls, hdr, mediaQuality } = movieEntry(title, folder, publication);
  return recordHash([_id, title, urls, hdr, mediaQuality, folder.metadata?.read() ?? null]);
}

/** Mixes in the auto-caption settings, as the bulk map and all TV hashes do. */
export function combined(hash: string): string {
  return recordHash([hash, 'captions off']);
}

export function movieTitleHash(
  title: string,
  folder: MovieFolder,
  publication: Publication,
  changedAt: number | null,
): TitleHash {
  const video = publishedVideo(folder.videos);
  return {
    hash: combined(uncombinedMovieHash(title, folder, publication)),
    contentHash: null,
    lastModified: video ? new Date(video.mtime).toISOString() : null,
    generated: generatedText(changedAt),
  };
}
