import { normalizedVideoId } from '../catalogue/normalized-video-id';
import type { ImageRecord, VideoRecord } from '../records/movie-record';
import { compact } from '../records/normalize-media';
import { fileNameWithToken } from '../servers/media-url';
import { parseBlurhash } from '../validation/blurhash';
import type { FetchedGroup, ListedGroup } from './field-group';
import { toDate } from './metadata';

/* The groups that movies, shows, seasons and episodes have in common. */

/** One video file with everything that describes it: never a mix of two encodes (AV-8, B-4). */
export function videoGroup<R>(
  videoOf: (record: R) => VideoRecord | undefined,
  /** Movies store bytes, episodes kilobytes (sync-semantics §1.3, §1.6). */
  toSize: (sizeKb: number) => number,
): ListedGroup<R> {
  return {
    kind: 'listed',
    name: 'video',
    operation: 'content',
    fields: [
      'videoURL',
      'normalizedVideoId',
      'duration',
      'dimensions',
      'size',
      'hdr',
      'mediaQuality',
      'mediaLastModified',
    ],
    sources: { videoSource: 'videoURL', videoInfoSource: 'videoURL' },
    provides: ({ record }) => videoOf(record) !== undefined,
    // A video is never cleared because listings lack it: "no video yet" is a normal state of a title (ST-M9, B-32).
    whenAbsent: 'keep',
    read: ({ record }, toUrl) => {
      const video = videoOf(record);
      if (video === undefined) return {};
      const { path, duration, dimensions, sizeKb, hdr, mediaQuality, lastModified } = video;
      const videoURL = toUrl(path);
      return compact({
        videoURL,
        normalizedVideoId: normalizedVideoId(videoURL),
        duration,
        dimensions,
        size: sizeKb === undefined ? undefined : toSize(sizeKb),
        hdr,
        mediaQuality,
        mediaLastModified: lastModified === undefined ? undefined : toDate(lastModified),
      });
    },
  };
}

export function chapterGroup<R>(chaptersOf: (record: R) => string | undefined): ListedGroup<R> {
  return {
    kind: 'listed',
    name: 'chapters',
    operation: 'content',
    fields: ['chapterURL'],
    sources: { chapterSource: 'chapterURL' },
    provides: ({ record }) => chaptersOf(record) !== undefined,
    whenAbsent: 'clear',
    read: ({ record }, toUrl) => {
      const path = chaptersOf(record);
      return path === undefined ? {} : { chapterURL: toUrl(path) };
    },
  };
}

/** `name` names provenance and previews; readers find image URLs as `posterURL` but `backdrop`, `logo`, `thumbnail`. */
export function imageGroup<R>(
  name: string,
  field: string,
  imageOf: (record: R) => ImageRecord | undefined,
): ListedGroup<R> {
  return {
    kind: 'listed',
    name,
    operation: 'assets',
    fields: [field],
    sources: { [`${name}Source`]: field },
    provides: ({ record }) => imageOf(record) !== undefined,
    whenAbsent: 'clear',
    read: ({ record }, toUrl) => {
      const image = imageOf(record);
      return image === undefined ? {} : { [field]: toUrl(image.path) };
    },
  };
}

/** The preview of an image: the text of a side-car file without a token, so the image's own token is its version. */
export function blurhashGroup<R>(
  follows: ListedGroup<R>,
  imageOf: (record: R) => ImageRecord | undefined,
): FetchedGroup<R> {
  const field = `${follows.name}Blurhash`;
  return {
    kind: 'fetched',
    name: field,
    operation: 'blurhash',
    fields: [field],
    sources: { [`${field}Source`]: field },
    follows,
    provides: ({ record }) => imageOf(record)?.blurhash !== undefined,
    whenAbsent: 'clear',
    content: 'blurhash',
    path: (record) => imageOf(record)?.blurhash,
    version: (record) => {
      const image = imageOf(record);
      return [image?.blurhash, image?.path].map((path) => fileNameWithToken(path ?? '')).join(' ');
    },
    read: (content) => ({ [field]: requirePreview(content) }),
    isPopulated: (document) => typeof document[field] === 'string' && document[field] !== '',
    whenMissing: 'clear',
  };
}

/** Explicit null is a value and confers ownership; an absent key is left alone (ST-M8, AV-3). */
export function focalGroup<R>(
  field: string,
  hintOf: (record: R) => string | null | undefined,
): ListedGroup<R> {
  return {
    kind: 'listed',
    name: field,
    operation: 'assets',
    fields: [field],
    sources: { [`${field}Source`]: field },
    provides: ({ record }) => hintOf(record) !== undefined,
    whenAbsent: 'keep',
    read: ({ record }) => {
      const hint = hintOf(record);
      return hint === undefined ? {} : { [field]: hint };
    },
  };
}

/**
 * The server's own hash, for readers and for a way back to the earlier sync (CD-9). When the best server's is not known it
 * goes: an older one, or another server's, would stand beside data that it does not describe (contract §5.4).
 */
export function syncHashGroup<R>(): ListedGroup<R> {
  return {
    kind: 'listed',
    name: 'syncHash',
    operation: 'metadata',
    fields: ['syncHash'],
    sources: {},
    provides: () => true,
    whenAbsent: 'keep',
    read: ({ serverHash }) => compact({ syncHash: serverHash }),
  };
}

/** ST-M3: an empty object or our own stub is no metadata (B-22). */
export function hasMetadata({ metadata: stored }: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof stored === 'object' &&
    stored !== null &&
    Object.keys(stored).length > 0 &&
    !('hasExternalMetadata' in stored && stored.hasExternalMetadata === false)
  );
}

/** Readers of files validate what they read; this is the last line before the catalogue (ST-3, B-19). */
function requirePreview(content: unknown): string {
  const preview = typeof content === 'string' ? parseBlurhash(content) : undefined;
  if (preview === undefined) throw new TypeError('blurhash is not a preview');
  return preview;
}
