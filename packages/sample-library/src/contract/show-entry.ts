import type { ImageFile } from '../library/media-files';
import { IMAGE_KINDS } from '../library/media-files';
import type { EpisodeFiles, SeasonFolder, ShowFolder } from '../library/show-folder';
import { episodeNumberOf, episodesByKey, seasonNumberOf } from '../library/show-folder';
import type { Publication } from './movie-entry';
import type { SubtitleEntry } from './subtitles';
import { subtitleEntries } from './subtitles';
import { encodePath, folderToken, imageToken } from './tokens';
import type { MediaQuality, ProbedMedia } from './video-facts';
import { videoFacts } from './video-facts';

/** `Episode` (contract §3.6). */
export interface EpisodeEntry {
  /** Absent when probing failed hard. */
  readonly _id?: string;
  readonly filename: string;
  readonly videoURL: string;
  readonly mediaLastModified: string;
  readonly hdr: string | null;
  readonly mediaQuality: MediaQuality | null;
  readonly additionalMetadata: Partial<ProbedMedia>;
  readonly episodeNumber: number;
  readonly derivedEpisodeName: string | null;
  /** Null when probing failed: not-a-number, as JSON renders it. */
  readonly length: number | null;
  readonly dimensions?: string;
  readonly thumbnail?: string;
  readonly thumbnailBlurhash?: string;
  readonly metadata?: string;
  readonly chapters?: string;
  readonly subtitles?: Readonly<Record<string, SubtitleEntry>>;
}

export interface SeasonEntry {
  readonly episodes: Readonly<Record<string, EpisodeEntry>>;
  readonly lengths: Readonly<Record<string, number | null>>;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly seasonNumber: number;
  readonly season_poster?: string;
  readonly seasonPosterBlurhash?: string;
}

/** `Show` (contract §3.6): missing assets are '' here, where movies leave them out. */
export interface ShowEntry {
  readonly metadata: string;
  readonly poster: string;
  readonly posterBlurhash: string | null;
  readonly logo: string;
  readonly logoBlurhash: string | null;
  readonly backdrop: string;
  readonly backdropBlurhash: string | null;
  readonly seasons: Readonly<Record<string, SeasonEntry>>;
  readonly backdropFocal: string | null;
  readonly backdropFocalSuggested: string | null;
}

type PathTo = (...segments: readonly string[]) => string;

/** What a server lists for a show folder. */
export function showEntry(title: string, folder: ShowFolder, publication: Publication): ShowEntry {
  const base = `${publication.prefix}/tv/${encodePath(title)}`;
  const pathTo: PathTo = (...segments) => `${base}/${encodePath(...segments)}`;
  const pendingUrl = `${publication.nodeUrl}/api/captions/track/tv/${encodePath(title)}`;
  const { poster, logo, backdrop } = folder.images;
  return {
    metadata: folder.metadata ? `${pathTo('metadata.json')}?hash=${folderToken(fingerprint(folder))}` : '',
    poster: imagePath(poster, pathTo),
    posterBlurhash: previewPath(poster, pathTo),
    logo: imagePath(logo, pathTo),
    logoBlurhash: previewPath(logo, pathTo),
    backdrop: imagePath(backdrop, pathTo),
    backdropBlurhash: previewPath(backdrop, pathTo),
    seasons: Object.fromEntries(
      folder.seasons.map((season) => [
        season.name,
        seasonEntry(season, pathTo, `${pendingUrl}/${encodePath(season.name)}`),
      ]),
    ),
    backdropFocal: folder.backdropFocal,
    backdropFocalSuggested: folder.backdropFocalSuggested,
  };
}

/** Name of an episode's metadata file: `NN_metadata.json`. */
export function episodeMetadataName(episode: EpisodeFiles): string {
  return `${String(episodeNumberOf(episode.video.name)).padStart(2, '0')}_metadata.json`;
}

/** Path of an episode's chapter file inside its season folder. */
export function episodeChapterPath(episode: EpisodeFiles): readonly [string, string] {
  return ['chapters', `${episode.video.name.replace(/\.mp4$/, '')}_chapters.vtt`];
}

function seasonEntry(season: SeasonFolder, pathTo: PathTo, pendingUrl: string): SeasonEntry {
  const inSeason: PathTo = (...segments) => pathTo(season.name, ...segments);
  const episodes: Record<string, EpisodeEntry> = {};
  const lengths: Record<string, number | null> = {};
  const dimensions: Record<string, string> = {};
  for (const [key, files] of episodesByKey(season)) {
    const entry = episodeEntry(files, inSeason, `${pendingUrl}/${key}`);
    episodes[key] = entry;
    lengths[key] = entry.length;
    dimensions[key] = entry.dimensions ?? '';
  }
  const { poster } = season;
  return {
    episodes,
    lengths,
    dimensions,
    seasonNumber: seasonNumberOf(season.name),
    ...(poster ? { season_poster: imagePath(poster, inSeason) } : {}),
    ...(poster?.preview ? { seasonPosterBlurhash: inSeason(`${poster.name}.blurhash`) } : {}),
  };
}

function episodeEntry(files: EpisodeFiles, inSeason: PathTo, pendingUrl: string): EpisodeEntry {
  const { video, thumbnail, metadata, chapters } = files;
  const facts = videoFacts(video);
  const probed = video.probe !== 'failed';
  const subtitles = subtitleEntries(files.captions, inSeason, pendingUrl);
  return {
    ...(probed ? { _id: facts.id } : {}),
    filename: video.name,
    videoURL: inSeason(video.name),
    mediaLastModified: new Date(video.mtime).toISOString(),
    hdr: facts.hdr,
    mediaQuality: facts.mediaQuality,
    additionalMetadata: facts.probed,
    episodeNumber: episodeNumberOf(video.name),
    derivedEpisodeName: derivedName(video.name),
    length: probed ? facts.lengthMs : null,
    ...(probed ? { dimensions: facts.dimensions } : {}),
    ...(thumbnail ? { thumbnail: imagePath(thumbnail, inSeason) } : {}),
    ...(thumbnail?.preview ? { thumbnailBlurhash: inSeason(`${thumbnail.name}.blurhash`) } : {}),
    ...(metadata
      ? { metadata: `${inSeason(episodeMetadataName(files))}?hash=${imageToken(metadata.mtime)}` }
      : {}),
    ...(chapters ? { chapters: inSeason(...episodeChapterPath(files)) } : {}),
    ...(subtitles ? { subtitles } : {}),
  };
}

/** Parsed from `Show - SxxEyy - Name quality`; null for `01 - Name.mp4`. */
function derivedName(fileName: string): string | null {
  const match = / - S\d+E\d+(?:-E\d+)? - (.+?)(?: (?:WEBDL|Bluray|HDTV|DVD)\S*)?\.mp4$/.exec(fileName);
  return match?.[1] ?? null;
}

function imagePath(image: ImageFile | undefined, pathTo: PathTo): string {
  return image ? `${pathTo(image.name)}?hash=${imageToken(image.mtime)}` : '';
}

/** '' without an image or for svg, null for a preview that is still to come. */
function previewPath(image: ImageFile | undefined, pathTo: PathTo): string | null {
  if (!image || image.name.endsWith('.svg')) return '';
  return image.preview ? pathTo(`${image.name}.blurhash`) : null;
}

/** What the metadata token covers: two levels, so nothing inside `chapters` folders. */
function fingerprint(folder: ShowFolder): string {
  const images = IMAGE_KINDS.map((kind) => `${kind}:${folder.images[kind]?.mtime ?? ''}`);
  const seasons = folder.seasons.flatMap((season) => [
    `${season.name}:${season.poster?.mtime ?? ''}`,
    ...season.episodes.map(({ video, thumbnail, metadata, captions }) =>
      [
        video.name,
        video.mtime,
        thumbnail?.mtime,
        metadata?.mtime,
        ...captions.files.map((file) => file.mtime),
      ].join(':'),
    ),
  ]);
  return [`metadata:${folder.metadata?.mtime ?? ''}`, ...images, ...seasons].join('\n');
}
