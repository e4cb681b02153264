import { Dice } from '../random';
import type { EncodeName } from './encodes';
import type { Film } from './films';
import { captionFile, captionStem, FOCALS, IMAGE_KINDS, pendingCaption } from './media-files';
import type { Captions, ImageFile, ImageKind, MetadataFile, MovieFolder, VideoFile } from './media-files';
import { movieMetadata } from './movie-metadata';

export type LibraryName = 'alpha' | 'beta';

/** What one server tends to hold. The two differ in every field group, so ownership shows in the catalogue. */
interface Profile {
  readonly encodes: readonly [EncodeName, ...EncodeName[]];
  /** Percent of titles. */
  readonly video: number;
  readonly metadata: number;
  readonly image: Readonly<Record<ImageKind, number>>;
  /** Percent of titles with captions under a label. */
  readonly captions: readonly (readonly [label: string, percent: number])[];
}

const PROFILES: Readonly<Record<LibraryName, Profile>> = {
  alpha: {
    encodes: ['sdr', 'sdr', 'sdr720', 'untagged', 'sdr10'],
    video: 96,
    metadata: 90,
    image: { poster: 94, backdrop: 80, logo: 45 },
    captions: [
      ['English', 70],
      ['English Hearing Impaired', 15],
      ['Spanish', 20],
      ['xx', 3],
    ],
  },
  beta: {
    encodes: ['hdr10', 'dolbyVision', 'sdr', 'hlg', 'hdr10plus'],
    video: 98,
    metadata: 95,
    image: { poster: 96, backdrop: 90, logo: 75 },
    captions: [
      ['French', 60],
      ['English', 25],
      ['German', 20],
      ['French - Auto Generated', 8],
    ],
  },
};

const FIRST_DAY = Date.UTC(2025, 0, 1);
const DAYS = 300;

/** A stable file time within 2025. The 125 ms guard against readers that drop milliseconds. */
export function fileTime(dice: Dice, file: string): number {
  return FIRST_DAY + dice.below(`time of ${file}`, DAYS * 86_400) * 1000 + 125;
}

/** The folder that one server holds for a film, before any mutation. */
export function generateMovie(title: string, film: Film, library: LibraryName, seed: number): MovieFolder {
  const profile = PROFILES[library];
  const dice = new Dice(`${seed}/${library}/${title}`);
  const tmdbId = new Dice(title).below('tmdb', 900_000) + 1;
  const videos = dice.chance('video', profile.video) ? [generateVideo(title, profile, dice)] : [];
  return {
    tmdbId: dice.chance('metadata', profile.metadata) ? tmdbId : null,
    videos,
    images: generateImages(profile, dice),
    metadata: dice.chance('metadata', profile.metadata) ? metadataOf(film, library, tmdbId, dice) : null,
    captions: generateCaptions(captionStem(title, videos), profile, dice),
    chapters: videos.length > 0 && dice.chance('chapters', 20) ? { mtime: fileTime(dice, 'chapters') } : null,
    backdropFocal: dice.chance('focal', 8) ? dice.pick('focal value', FOCALS) : null,
    backdropFocalSuggested: dice.chance('suggested', 50) ? dice.pick('suggested value', FOCALS) : null,
    others: [],
  };
}

export function metadataOf(film: Film, library: string, tmdbId: number, dice: Dice): MetadataFile {
  return { mtime: fileTime(dice, 'metadata.json'), read: () => movieMetadata(film, library, tmdbId) };
}

/** A video of a plausible size (0.5 to 60 GB); bytes are not stored anywhere. */
export function makeVideo(name: string, encode: EncodeName, dice: Dice): VideoFile {
  return {
    name,
    mtime: fileTime(dice, name),
    encode,
    bytes:
      500_000_000 + dice.below(`size of ${name}`, 60_000_000) * 1000 + dice.below(`rest of ${name}`, 1000),
    durationMs: 4_000_000 + dice.below(`length of ${name}`, 6_000_000),
    probe: 'full',
  };
}

export function makeImage(name: string, dice: Dice): ImageFile {
  return { name, mtime: fileTime(dice, name), version: 0, preview: !name.endsWith('.svg') };
}

function generateVideo(title: string, profile: Profile, dice: Dice): VideoFile {
  const encode = dice.pick('encode', profile.encodes);
  const release = dice.pick('release', ['', ' Bluray-1080p', ' WEBDL-2160p', ' - Remux']);
  const video = makeVideo(`${title}${release}.mp4`, encode, dice);
  const fate = dice.below('probe', 100);
  if (fate === 0) return { ...video, probe: 'failed' };
  return fate < 4 ? { ...video, probe: 'lengths' } : video;
}

function generateImages(profile: Profile, dice: Dice): MovieFolder['images'] {
  const images: Partial<Record<ImageKind, ImageFile>> = {};
  for (const kind of IMAGE_KINDS) {
    if (!dice.chance(kind, profile.image[kind])) continue;
    const suffix =
      kind === 'logo'
        ? dice.pick('logo type', ['svg', 'png'])
        : dice.pick(`${kind} type`, ['jpg', 'jpg', 'png']);
    const image = makeImage(`${kind}.${suffix}`, dice);
    images[kind] = dice.chance(`no ${kind} preview`, 3) ? { ...image, preview: false } : image;
  }
  return images;
}

function generateCaptions(stem: string, profile: Profile, dice: Dice): Captions {
  const labels = profile.captions.filter(([label, percent]) => dice.chance(`captions ${label}`, percent));
  return {
    files: labels.map(([label]) => captionFile(label, stem, fileTime(dice, `captions ${label}`))),
    pending: dice.chance('pending captions', 3) ? [pendingCaption('English')] : [],
  };
}
