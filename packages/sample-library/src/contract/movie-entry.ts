import type { ImageFile, MovieFolder } from '../library/media-files';
import { compareCodePoints, IMAGE_KINDS, publishedVideo } from '../library/media-files';
import type { SubtitleEntry } from './subtitles';
import { subtitleEntries } from './subtitles';
import { encodePath, folderToken, imageToken } from './tokens';
import type { MediaQuality, ProbedMedia } from './video-facts';
import { videoFacts } from './video-facts';

/** Where a server publishes what it lists. */
export interface Publication {
  /** '' or a path such as `/media`. */
  readonly prefix: string;
  readonly nodeUrl: string;
}

/** `Movie.urls` (contract §3.2): what is unavailable is absent. */
export interface MovieUrls {
  poster?: string;
  posterBlurhash?: string;
  backdrop?: string;
  backdropBlurhash?: string;
  logo?: string;
  logoBlurhash?: string;
  metadata?: string;
  mp4?: string;
  mediaLastModified?: string;
  subtitles?: Record<string, SubtitleEntry>;
  chapters?: string;
}

/** One movie of a listing (contract §3.1). */
export interface MovieEntry {
  readonly _id: string | null;
  readonly fileNames: readonly string[];
  readonly length: Readonly<Record<string, number>>;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly urls: Readonly<MovieUrls>;
  readonly hdr: string | null;
  readonly mediaQuality: MediaQuality | null;
  readonly additional_metadata: Partial<ProbedMedia>;
  readonly backdropFocal: string | null;
  readonly backdropFocalSuggested: string | null;
}

const LISTED_SUFFIX = /\.(?:mp4|srt|json|info|nfo|jpg|png)$/;

/** What a server lists for a movie folder. */
export function movieEntry(title: string, folder: MovieFolder, publication: Publication): MovieEntry {
  const published = publishedVideo(folder.videos);
  const facts = published && videoFacts(published);
  const length: Record<string, number> = {};
  const dimensions: Record<string, string> = {};
  for (const video of folder.videos) {
    const each = videoFacts(video);
    length[video.name] = each.lengthMs;
    dimensions[video.name] = each.dimensions;
  }
  return {
    _id: facts?.id ?? (folder.tmdbId === null ? null : `tmdb_${folder.tmdbId}`),
    fileNames: listedNames(folder),
    length,
    dimensions,
    urls: movieUrls(title, folder, publication),
    hdr: facts?.hdr ?? null,
    mediaQuality: facts?.mediaQuality ?? null,
    additional_metadata: facts?.probed ?? {},
    backdropFocal: folder.backdropFocal,
    backdropFocalSuggested: folder.backdropFocalSuggested,
  };
}

/** Path of the chapter file inside its folder. */
export const chapterPath = (title: string): readonly [string, string] => [
  'chapters',
  `${title}_chapters.vtt`,
];

function movieUrls(title: string, folder: MovieFolder, publication: Publication): MovieUrls {
  const base = `${publication.prefix}/movies/${encodePath(title)}`;
  const pathTo = (...segments: readonly string[]): string => `${base}/${encodePath(...segments)}`;
  const urls: MovieUrls = {};
  for (const kind of IMAGE_KINDS) {
    const image = folder.images[kind];
    if (!image) continue;
    urls[kind] = `${pathTo(image.name)}?hash=${imageToken(image.mtime)}`;
    if (image.preview) urls[`${kind}Blurhash`] = pathTo(`${image.name}.blurhash`);
  }
  if (folder.metadata) urls.metadata = `${pathTo('metadata.json')}?hash=${folderToken(fingerprint(folder))}`;
  const video = publishedVideo(folder.videos);
  if (video) {
    urls.mp4 = pathTo(video.name);
    urls.mediaLastModified = new Date(video.mtime).toISOString();
  }
  const pendingUrl = `${publication.nodeUrl}/api/captions/track/movie/${encodePath(title)}`;
  const subtitles = subtitleEntries(folder.captions, pathTo, pendingUrl);
  if (subtitles) urls.subtitles = subtitles;
  if (folder.chapters) urls.chapters = pathTo(...chapterPath(title));
  return urls;
}

function listedNames(folder: MovieFolder): string[] {
  const names = [
    ...folder.videos.flatMap((video) =>
      video.probe === 'failed' ? [video.name] : [video.name, `${video.name}.info`],
    ),
    ...folder.captions.files.map((file) => file.name),
    ...imagesOf(folder).map((image) => image.name),
    ...(folder.metadata ? ['metadata.json'] : []),
  ];
  return names.filter((name) => LISTED_SUFFIX.test(name)).sort(compareCodePoints);
}

/** Everything in the folder that the metadata token covers. */
function fingerprint(folder: MovieFolder): string {
  const entries = [
    ...folder.videos.map((video) => `${video.name}:${video.bytes}:${video.mtime}`),
    ...folder.captions.files.map((file) => `${file.name}:${file.mtime}`),
    ...imagesOf(folder).map((image) => `${image.name}:${image.version}:${image.mtime}`),
    ...folder.others.map((file) => `${file.name}:${file.mtime}`),
    `chapters:${folder.chapters?.mtime ?? ''}`,
    `metadata.json:${folder.metadata?.mtime ?? ''}`,
  ];
  return entries.join('\n');
}

function imagesOf(folder: MovieFolder): ImageFile[] {
  return IMAGE_KINDS.flatMap((kind) => folder.images[kind] ?? []);
}
