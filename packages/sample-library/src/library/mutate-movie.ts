import { Dice } from '../random';
import type { JsonObject } from '../json';
import type { EncodeName } from './encodes';
import { makeImage, makeVideo } from './generate-movie';
import type { FileTime, MetadataFile, MovieFolder, VideoFile } from './media-files';
import { captionFile, captionStem, publishedVideo } from './media-files';
import { movieMetadata } from './movie-metadata';
import type { MovieAsset, MovieMutation } from './mutations';

type FolderMutation = Exclude<MovieMutation, { type: 'addMovie' } | { type: 'removeMovie' }>;

/** The folder after a change made at `now`. Throws when the change makes no sense for the folder. */
export function mutateMovie(folder: MovieFolder, mutation: FolderMutation, now: FileTime): MovieFolder {
  const { title } = mutation;
  switch (mutation.type) {
    case 'replacePoster':
      return { ...folder, images: { ...folder.images, poster: replacedPoster(folder, title, now) } };
    case 'replaceVideo':
      return withVideo(folder, title, (video) => otherEncode(video, now));
    case 'editMetadata':
      return { ...folder, metadata: patched(folder.metadata, title, mutation.patch, now) };
    case 'addCaption':
      return addCaption(folder, title, mutation.label, now);
    case 'removeCaption':
      return removeCaption(folder, title, mutation.label);
    case 'finishAutoCaption':
      return finishAutoCaption(folder, title, now);
    case 'removeAsset':
      return removeAsset(folder, mutation.asset);
    case 'touch':
      return mutation.asset === 'folder'
        ? { ...folder, others: [{ name: 'notes.txt', mtime: now }] }
        : touch(folder, title, mutation.asset, now);
    case 'setFocal':
      return { ...folder, backdropFocal: mutation.focal };
  }
}

/** A folder whose files were all written at `now`. */
export function newMovie(title: string, library: string, now: FileTime): MovieFolder {
  const dice = new Dice(`${library}/${title}/${now}`);
  const tmdbId = new Dice(title).below('tmdb', 900_000) + 1;
  const film = {
    name: title,
    releaseDate: '2025-12-05',
    runtimeMinutes: 101,
    genre: 'Drama',
    director: null,
    mpaaRating: null,
    voteAverage: 7,
    voteCount: 12,
  };
  return {
    tmdbId,
    videos: [{ ...makeVideo(`${title}.mp4`, 'sdr', dice), mtime: now }],
    images: { poster: { ...makeImage('poster.jpg', dice), mtime: now } },
    metadata: { mtime: now, read: () => movieMetadata(film, library, tmdbId) },
    captions: { files: [], pending: [] },
    chapters: null,
    backdropFocal: null,
    backdropFocalSuggested: null,
    others: [],
  };
}

function replacedPoster(
  folder: MovieFolder,
  title: string,
  now: FileTime,
): NonNullable<MovieFolder['images']['poster']> {
  const poster = folder.images.poster ?? makeImage('poster.jpg', new Dice(title));
  return { ...poster, mtime: now, version: poster.version + 1, preview: true };
}

function otherEncode(video: VideoFile, now: FileTime): VideoFile {
  const order: readonly EncodeName[] = [
    'untagged',
    'sdr720',
    'sdr',
    'sdr10',
    'hlg',
    'hdr10',
    'hdr10plus',
    'dolbyVision',
  ];
  const next = order[(order.indexOf(video.encode) + 1) % order.length] ?? 'sdr';
  return {
    ...video,
    encode: next,
    mtime: now,
    bytes: video.bytes + 1_048_577,
    durationMs: video.durationMs + 40,
    probe: 'full',
  };
}

function withVideo(folder: MovieFolder, title: string, change: (video: VideoFile) => VideoFile): MovieFolder {
  const published = publishedVideo(folder.videos);
  if (!published) throw new Error(`"${title}" has no video`);
  return { ...folder, videos: folder.videos.map((video) => (video === published ? change(video) : video)) };
}

function patched(
  metadata: MetadataFile | null,
  title: string,
  patch: JsonObject,
  now: FileTime,
): MetadataFile {
  const before = metadata?.read() ?? { title };
  const content = typeof before === 'string' ? { title, ...patch } : { ...before, ...patch };
  return { mtime: now, read: () => content };
}

function addCaption(folder: MovieFolder, title: string, label: string, now: FileTime): MovieFolder {
  const { files, pending } = folder.captions;
  const added = captionFile(label, captionStem(title, folder.videos), now);
  return {
    ...folder,
    captions: { files: [...files.filter((file) => file.label !== label), added], pending },
  };
}

function removeCaption(folder: MovieFolder, title: string, label: string): MovieFolder {
  const { files, pending } = folder.captions;
  if (![...files, ...pending].some((caption) => caption.label === label)) {
    throw new Error(`"${title}" has no captions "${label}"`);
  }
  const others = {
    files: files.filter((file) => file.label !== label),
    pending: pending.filter((one) => one.label !== label),
  };
  return { ...folder, captions: others };
}

function finishAutoCaption(folder: MovieFolder, title: string, now: FileTime): MovieFolder {
  const [first, ...pending] = folder.captions.pending;
  if (!first) throw new Error(`"${title}" has no pending auto captions`);
  return addCaption(
    { ...folder, captions: { files: folder.captions.files, pending } },
    title,
    first.label,
    now,
  );
}

function removeAsset(folder: MovieFolder, asset: MovieAsset): MovieFolder {
  switch (asset) {
    case 'metadata':
      return { ...folder, metadata: null };
    case 'video':
      return { ...folder, videos: [], chapters: null };
    case 'chapters':
      return { ...folder, chapters: null };
    case 'poster':
    case 'backdrop':
    case 'logo': {
      const images = { ...folder.images };
      // oxlint-disable-next-line typescript/no-dynamic-delete -- absent and undefined differ in a listing
      delete images[asset];
      return { ...folder, images };
    }
  }
}

function touch(folder: MovieFolder, title: string, asset: MovieAsset, mtime: FileTime): MovieFolder {
  switch (asset) {
    case 'metadata':
      if (!folder.metadata) throw new Error(`"${title}" has no metadata.json`);
      return { ...folder, metadata: { ...folder.metadata, mtime } };
    case 'video':
      return withVideo(folder, title, (video) => ({ ...video, mtime }));
    case 'chapters':
      if (!folder.chapters) throw new Error(`"${title}" has no chapters`);
      return { ...folder, chapters: { mtime } };
    case 'poster':
    case 'backdrop':
    case 'logo': {
      const image = folder.images[asset];
      if (!image) throw new Error(`"${title}" has no ${asset}`);
      return { ...folder, images: { ...folder.images, [asset]: { ...image, mtime } } };
    }
  }
}
