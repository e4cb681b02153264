import type { Captions, ImageFile, MetadataFile, MovieFolder } from '../library/media-files';
import { IMAGE_KINDS } from '../library/media-files';
import type { SeasonFolder, ShowFolder } from '../library/show-folder';
import { findSeason } from '../library/show-folder';
import { chapterPath } from './movie-entry';
import { episodeChapterPath, episodeMetadataName } from './show-entry';
import { tinyPng } from './tiny-png';

/** A file of the static tree. */
export interface StaticFile {
  readonly mtime: number;
  readonly contentType: string;
  readonly body: Buffer;
}

const SUBTITLE = '1\n00:00:00,500 --> 00:00:01,500\nHello\n\n2\n00:00:01,600 --> 00:00:02,400\nWorld\n';
const CHAPTERS =
  'WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nChapter 01\n\n00:00:02.000 --> 00:00:04.000\nChapter 02\n\n';

/** The file at a path inside a movie folder, or undefined. `server` makes two servers' pictures differ. */
export function movieFile(
  server: string,
  title: string,
  folder: MovieFolder,
  path: readonly string[],
): StaticFile | undefined {
  const name = path.join('/');
  if (name === 'metadata.json') return folder.metadata ? metadataFile(folder.metadata) : undefined;
  if (folder.chapters && name === chapterPath(title).join('/'))
    return textFile(folder.chapters.mtime, CHAPTERS);
  for (const kind of IMAGE_KINDS) {
    const image = folder.images[kind];
    const found = image && imageFile(image, `${server}/${title}/${kind}`, name);
    if (found) return found;
  }
  const video = folder.videos.find((one) => one.name === name);
  if (video) return videoFile(video.mtime, `${title}/${video.encode}/${video.bytes}`);
  return captionText(folder.captions, name);
}

/** The file at a path inside a show folder, or undefined. */
export function showFile(
  server: string,
  title: string,
  folder: ShowFolder,
  path: readonly string[],
): StaticFile | undefined {
  const [first = '', ...rest] = path;
  if (rest.length > 0) {
    const season = findSeason(folder, first);
    return season && seasonFile(`${server}/${title}/${first}`, season, rest.join('/'));
  }
  if (first === 'metadata.json') return folder.metadata ? metadataFile(folder.metadata) : undefined;
  for (const kind of IMAGE_KINDS) {
    const image = folder.images[kind];
    const found = image && imageFile(image, `${server}/${title}/${kind}`, first);
    if (found) return found;
  }
  return undefined;
}

function seasonFile(subject: string, season: SeasonFolder, name: string): StaticFile | undefined {
  const poster = season.poster && imageFile(season.poster, `${subject}/poster`, name);
  if (poster) return poster;
  for (const episode of season.episodes) {
    const { video, thumbnail, metadata, captions, chapters } = episode;
    if (name === video.name) return videoFile(video.mtime, `${subject}/${video.encode}/${video.bytes}`);
    if (metadata && name === episodeMetadataName(episode)) return metadataFile(metadata);
    if (chapters && name === episodeChapterPath(episode).join('/')) return textFile(chapters.mtime, CHAPTERS);
    const found =
      (thumbnail && imageFile(thumbnail, `${subject}/${video.name}`, name)) ?? captionText(captions, name);
    if (found) return found;
  }
  return undefined;
}

function captionText(captions: Captions, name: string): StaticFile | undefined {
  const caption = captions.files.find((one) => one.name === name);
  return caption && textFile(caption.mtime, SUBTITLE);
}

/** Base64 of a tiny PNG: what a `.blurhash` side-car holds, despite its name (contract §4). */
export function previewOf(subject: string, image: ImageFile): string {
  return tinyPng(`preview of ${subject} ${image.version}`).toString('base64');
}

function metadataFile(metadata: MetadataFile): StaticFile {
  const content = metadata.read();
  const body = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return { mtime: metadata.mtime, contentType: 'application/json', body };
}

/** The picture or its preview, when `name` is one of the two. */
function imageFile(image: ImageFile, subject: string, name: string): StaticFile | undefined {
  if (name === image.name) return picture(image, subject);
  if (!image.preview || name !== `${image.name}.blurhash`) return undefined;
  return textFile(image.mtime, previewOf(subject, image));
}

/** A few bytes that look like an mp4. */
function videoFile(mtime: number, description: string): StaticFile {
  const head = Buffer.from('\u0000\u0000\u0000\u0018ftypmp42\u0000\u0000\u0000\u0000mp42isom', 'latin1');
  return { mtime, contentType: 'video/mp4', body: Buffer.concat([head, Buffer.from(description)]) };
}

function textFile(mtime: number, text: string): StaticFile {
  return { mtime, contentType: 'text/plain', body: Buffer.from(text) };
}

function picture(image: ImageFile, subject: string): StaticFile {
  const { name, mtime, version } = image;
  if (name.endsWith('.svg')) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg"><!-- ${version} --><rect width="2" height="3"/></svg>`;
    return { mtime, contentType: 'image/svg+xml', body: Buffer.from(svg) };
  }
  const contentType = name.endsWith('.jpg') ? 'image/jpeg' : 'image/png';
  return { mtime, contentType, body: tinyPng(`${subject} ${version}`) };
}
