import { normalizedVideoId } from '../catalogue/normalized-video-id';
import { compact } from '../records/normalize-media';
import type { ImageRecord, MovieRecord } from '../records/movie-record';
import { captionGroup } from './caption-group';
import type { FetchedGroup, FieldTable, ListedGroup, Provider } from './field-group';
import { readMovieMetadata } from './movie-metadata';
import { fileNameWithToken } from '../servers/media-url';
import { parseBlurhash } from '../validation/blurhash';

type ImageName = 'poster' | 'backdrop' | 'logo';

/** The version of the metadata normaliser that readers find in `syncVersion`; compared by nobody (B-24: see gates). */
const METADATA_VERSION = '2.1';

/** One video file with everything that describes it: never a mix of two encodes (AV-8, B-4). */
const video: ListedGroup<MovieRecord> = {
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
  provides: ({ record }) => record.video !== undefined,
  // A video is never cleared because listings lack it: "no video yet" is a normal state of a title (ST-M9, B-32).
  whenAbsent: 'keep',
  read: ({ record }, toUrl) => {
    if (record.video === undefined) return {};
    const { path, duration, dimensions, sizeKb, hdr, mediaQuality, lastModified } = record.video;
    const videoURL = toUrl(path);
    return compact({
      videoURL,
      normalizedVideoId: normalizedVideoId(videoURL),
      duration,
      dimensions,
      // bytes
      size: sizeKb === undefined ? undefined : Math.round(sizeKb * 1024),
      hdr,
      mediaQuality,
      mediaLastModified: toDate(lastModified),
    });
  },
};

const chapters: ListedGroup<MovieRecord> = {
  kind: 'listed',
  name: 'chapters',
  operation: 'content',
  fields: ['chapterURL'],
  sources: { chapterSource: 'chapterURL' },
  provides: ({ record }) => record.chapters !== undefined,
  whenAbsent: 'clear',
  read: ({ record }, toUrl) => (record.chapters === undefined ? {} : { chapterURL: toUrl(record.chapters) }),
};

const metadata: FetchedGroup<MovieRecord> = {
  kind: 'fetched',
  name: 'metadata',
  operation: 'metadata',
  // `title` is written here and nowhere else (B-6).
  fields: ['metadata', 'title', 'syncVersion', 'metadataHash'],
  sources: { metadataSource: 'metadata', titleSource: 'title' },
  provides: ({ record }) => record.metadata !== undefined,
  whenAbsent: 'keep',
  content: 'movie-metadata',
  path: (record) => record.metadata,
  version: (record) => fileNameWithToken(record.metadata ?? ''),
  read: (content, { serverHash }) =>
    compact({ ...readMovieMetadata(content), syncVersion: METADATA_VERSION, metadataHash: serverHash }),
  // ST-M3: an empty object or our own stub is no metadata (B-22).
  isPopulated: ({ metadata: stored }) =>
    typeof stored === 'object' &&
    stored !== null &&
    Object.keys(stored).length > 0 &&
    !('hasExternalMetadata' in stored && stored.hasExternalMetadata === false),
  whenMissing: 'keep',
  stub: (title, now) => ({
    metadata: { title, source: 'reelsync', dateAdded: now, lastScanned: now, hasExternalMetadata: false },
  }),
};

/** Readers find image URLs as `posterURL` but `backdrop` and `logo` (sync-semantics §1.3). */
function imageGroup(name: ImageName, field: string): ListedGroup<MovieRecord> {
  return {
    kind: 'listed',
    name,
    operation: 'assets',
    fields: [field],
    sources: { [`${name}Source`]: field },
    provides: ({ record }) => record.images[name] !== undefined,
    whenAbsent: 'clear',
    read: ({ record }, toUrl) => withImage(record.images[name], (image) => ({ [field]: toUrl(image.path) })),
  };
}

const poster = imageGroup('poster', 'posterURL');
const backdrop = imageGroup('backdrop', 'backdrop');
const logo = imageGroup('logo', 'logo');

/** The preview of an image: the text of a side-car file without a token, so the image's own token is its version. */
function blurhashGroup(
  name: Exclude<ImageName, 'logo'>,
  follows: ListedGroup<MovieRecord>,
): FetchedGroup<MovieRecord> {
  const field = `${name}Blurhash`;
  return {
    kind: 'fetched',
    name: field,
    operation: 'blurhash',
    fields: [field],
    sources: { [`${field}Source`]: field },
    follows,
    provides: ({ record }) => record.images[name]?.blurhash !== undefined,
    whenAbsent: 'clear',
    content: 'blurhash',
    path: (record) => record.images[name]?.blurhash,
    version: ({ images: { [name]: image } }) =>
      [image?.blurhash, image?.path].map((path) => fileNameWithToken(path ?? '')).join(' '),
    read: (content) => ({ [field]: requirePreview(content) }),
    isPopulated: (document) => typeof document[field] === 'string' && document[field] !== '',
    whenMissing: 'clear',
  };
}

/** Explicit null is a value and confers ownership; an absent key is left alone (ST-M8, AV-3). */
function focalGroup(field: 'backdropFocal' | 'backdropFocalSuggested'): ListedGroup<MovieRecord> {
  return {
    kind: 'listed',
    name: field,
    operation: 'assets',
    fields: [field],
    sources: { [`${field}Source`]: field },
    provides: ({ record }) => record[field] !== undefined,
    whenAbsent: 'keep',
    read: ({ record }) => (record[field] === undefined ? {} : { [field]: record[field] }),
  };
}

/** The server's own hash, for readers and for a way back to the earlier sync (CD-9). */
const syncHash: ListedGroup<MovieRecord> = {
  kind: 'listed',
  name: 'syncHash',
  operation: 'metadata',
  fields: ['syncHash'],
  sources: {},
  provides: ({ serverHash }) => serverHash !== undefined,
  whenAbsent: 'keep',
  read: ({ serverHash }) => compact({ syncHash: serverHash }),
};

/** Everything that a movie document takes from file servers (sync-semantics §1.3), in the order of the strategies. */
export const movieFields: FieldTable<MovieRecord> = [
  metadata,
  syncHash,
  poster,
  backdrop,
  logo,
  focalGroup('backdropFocal'),
  focalGroup('backdropFocalSuggested'),
  video,
  captionGroup<MovieRecord>((record) => record.captions),
  chapters,
  blurhashGroup('poster', poster),
  blurhashGroup('backdrop', backdrop),
];

function withImage<T>(
  image: ImageRecord | undefined,
  use: (image: ImageRecord) => T,
): T | Record<string, never> {
  return image === undefined ? {} : use(image);
}

/** Readers of files validate what they read; this is the last line before the catalogue (ST-3, B-19). */
function requirePreview(content: unknown): string {
  const preview = typeof content === 'string' ? parseBlurhash(content) : undefined;
  if (preview === undefined) throw new TypeError('blurhash is not a preview');
  return preview;
}

function toDate(iso: string | undefined): Date | undefined {
  if (iso === undefined) return undefined;
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export type MovieProvider = Provider<MovieRecord>;
