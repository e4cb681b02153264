import { Dice } from '../random';
import type { EncodeName } from './encodes';
import type { Film } from './films';
import type { LibraryName } from './generate-movie';
import { fileTime, makeImage, makeVideo, metadataOf } from './generate-movie';
import type { Focal, ImageFile, ImageKind, MovieFolder, Probe } from './media-files';
import { captionFile, captionStem, pendingCaption } from './media-files';

/** What one server holds of a special title. Everything left out is absent on disk. */
interface Holding {
  readonly videos?: readonly (readonly [name: string, encode: EncodeName, probe?: Probe])[];
  readonly poster?: string;
  readonly backdrop?: string;
  readonly logo?: string;
  /** Display title in `metadata.json`. */
  readonly metadata?: string;
  readonly brokenMetadata?: boolean;
  readonly captions?: readonly string[];
  readonly pending?: readonly string[];
  readonly chapters?: boolean;
  readonly focal?: Focal;
  readonly suggested?: Focal;
}

interface SpecialMovie {
  readonly title: string;
  /** Titles that can never be synchronised cleanly; left out unless asked for. */
  readonly broken?: boolean;
  readonly alpha?: Holding;
  readonly beta?: Holding;
}

/** Poster, backdrop, logo and metadata. */
const dressed = (displayTitle: string): Holding => ({
  poster: 'poster.jpg',
  backdrop: 'backdrop.jpg',
  logo: 'logo.png',
  metadata: displayTitle,
});

/** A title that exists only because of its awkward name: ordinary content on both servers. */
function awkward(title: string): SpecialMovie {
  return {
    title,
    alpha: { ...dressed(title), videos: [[`${title}.mp4`, 'sdr']], captions: ['English'] },
    beta: { ...dressed(title), videos: [[`${title}.mp4`, 'hdr10']], captions: ['French'] },
  };
}

const AWKWARD_NAMES = [
  'Fast & Furious #1 - Test',
  '100% Wolf',
  // Decoding these twice gives another title (contract §5.5).
  'Half%20Encoded',
  '50%25 Off',
  'He Said "Stop" \\ Go?',
  '$where',
  '__proto__',
  'constructor',
  'Version 2.0',
  // Integer-like keys come first in a listing, whatever their place on disk.
  '1923',
  'Movie v1.5',
  '🎬 Clapper',
] as const;

/** The cases that a naive client gets wrong (contract §11 and the titles of its recorded responses). */
export const SPECIAL_MOVIES: readonly SpecialMovie[] = [
  ...AWKWARD_NAMES.map(awkward),
  // Shadowed by the `version` member: on disk and in the hash map, but never in a listing (contract §3.1).
  { ...awkward('version') },
  {
    title: 'The Matrix Reloaded (2003)',
    alpha: {
      ...dressed('The Matrix Reloaded'),
      videos: [['The Matrix Reloaded (2003) Bluray-1080p.mp4', 'sdr']],
      captions: ['English Hearing Impaired', 'English', 'Spanish', 'French - Auto Generated'],
      chapters: true,
      focal: 'left',
      suggested: 'right',
    },
    beta: {
      poster: 'poster.jpg',
      backdrop: 'backdrop.jpg',
      metadata: 'The Matrix Reloaded',
      videos: [['The Matrix Reloaded (2003) Bluray-1080p.mp4', 'dolbyVision']],
      captions: ['German', 'English'],
      chapters: true,
      suggested: 'center',
    },
  },
  {
    title: "Ocean's Eleven",
    alpha: {
      poster: 'poster.png',
      backdrop: 'backdrop.png',
      logo: 'logo.svg',
      metadata: "Ocean's Eleven",
      videos: [["Ocean's Eleven (2001).mp4", 'sdr10']],
      captions: ['English'],
      suggested: 'left',
    },
    beta: { ...dressed("Ocean's Eleven"), videos: [["Ocean's Eleven (2001).mp4", 'sdr']] },
  },
  // The same name composed and decomposed: two folders, two titles (contract §1.2).
  {
    title: 'Amélie (2001)'.normalize('NFC'),
    alpha: {
      poster: 'poster.jpg',
      metadata: 'Amélie',
      videos: [['Amélie (2001).mp4', 'untagged']],
      captions: ['French', 'xx'],
    },
  },
  {
    title: 'Amélie (2001)'.normalize('NFD'),
    beta: {
      poster: 'poster.jpg',
      metadata: 'Amélie',
      videos: [['Amélie (2001).mp4', 'hdr10']],
      captions: ['French'],
    },
  },
  {
    title: 'Dune Part Two (2024)',
    alpha: {
      ...dressed('Dune: Part Two'),
      videos: [
        ['Dune Part Two (2024) - 2160p.mp4', 'hdr10'],
        ['Dune Part Two (2024) - Extended.mp4', 'untagged'],
      ],
      suggested: 'center',
    },
    beta: {
      ...dressed('Dune: Part Two'),
      videos: [['Dune Part Two (2024) - 2160p.mp4', 'hdr10']],
      suggested: 'left',
    },
  },
  {
    title: '千と千尋の神隠し',
    alpha: { videos: [['千と千尋の神隠し.mp4', 'untagged']] },
    beta: { poster: 'poster.jpg', metadata: 'Spirited Away', videos: [['千と千尋の神隠し.mp4', 'hdr10']] },
  },
  { title: 'No Video Yet', alpha: { poster: 'poster.jpg', metadata: 'No Video Yet' } },
  {
    title: 'Video Only On Beta',
    alpha: dressed('Video Only On Beta'),
    beta: { videos: [['Video Only On Beta.mp4', 'hlg']], poster: 'poster.png', chapters: true },
  },
  {
    title: 'Metadata Only On Beta',
    alpha: { videos: [['Metadata Only On Beta.mp4', 'sdr']] },
    beta: { ...dressed('Metadata, Only on Beta'), videos: [['Metadata Only On Beta.mp4', 'dolbyVision']] },
  },
  // Alpha owns the video and says `hdr: null`: beta's HDR10 must not leak into the group (contract §9.2).
  {
    title: 'HDR On Beta',
    alpha: { videos: [['HDR On Beta.mp4', 'untagged']] },
    beta: { videos: [['HDR On Beta.mp4', 'hdr10']] },
  },
  {
    title: 'Cash $HOME Price',
    alpha: { videos: [['Cash $HOME Price.mp4', 'sdr', 'failed']] },
    beta: { poster: 'poster.jpg' },
  },
  {
    title: 'Lengths Only',
    alpha: {
      videos: [
        ['B side.mp4', 'sdr', 'lengths'],
        ['A side.mp4', 'hdr10'],
      ],
    },
  },
  { title: 'Empty Folder', alpha: {}, beta: {} },
  {
    title: 'Twin Title (1990)',
    alpha: { ...dressed('Twin Title'), videos: [['Twin Title (1990).mp4', 'sdr']] },
  },
  {
    title: 'Twin Title (2010)',
    beta: { ...dressed('Twin Title'), videos: [['Twin Title (2010).mp4', 'hdr10']] },
  },
  {
    title: 'Pending Captions',
    alpha: { videos: [['Pending Captions.mp4', 'sdr']], pending: ['English', 'French'] },
    beta: { videos: [['Pending Captions.mp4', 'sdr']], captions: ['German'] },
  },
  {
    title: 'Finished Captions',
    alpha: { videos: [['Finished Captions.mp4', 'sdr']], captions: ['English - Auto Generated'] },
    beta: { videos: [['Finished Captions.mp4', 'sdr']], pending: ['English'] },
  },
  {
    title: 'Bad Metadata',
    broken: true,
    alpha: { videos: [['Bad Metadata.mp4', 'sdr']], poster: 'poster.jpg', brokenMetadata: true },
    beta: { videos: [['Bad Metadata.mp4', 'hdr10']] },
  },
];

const BROKEN_JSON = '{"title": "Bad Metadata", "overview": ';

/** The folder that one server holds for a special title. */
export function specialFolder(movie: SpecialMovie, library: LibraryName, seed: number): MovieFolder {
  const holding = movie[library] ?? {};
  const dice = new Dice(`${seed}/${library}/${movie.title}`);
  const videos = (holding.videos ?? []).map(([name, encode, probe]) => ({
    ...makeVideo(name, encode, dice),
    probe: probe ?? 'full',
  }));
  const stem = captionStem(movie.title, videos);
  const tmdbId = new Dice(movie.title).below('tmdb', 900_000) + 1;
  return {
    tmdbId: holding.metadata === undefined ? null : tmdbId,
    videos,
    images: imagesOf(holding, dice),
    metadata: metadataFile(holding, library, tmdbId, dice),
    captions: {
      files: (holding.captions ?? []).map((label) =>
        captionFile(label, stem, fileTime(dice, `captions ${label}`)),
      ),
      pending: (holding.pending ?? []).map(pendingCaption),
    },
    chapters: holding.chapters === true ? { mtime: fileTime(dice, 'chapters') } : null,
    backdropFocal: holding.focal ?? null,
    backdropFocalSuggested: holding.suggested ?? null,
    others: [],
  };
}

function imagesOf(holding: Holding, dice: Dice): MovieFolder['images'] {
  const images: Partial<Record<ImageKind, ImageFile>> = {};
  if (holding.poster !== undefined) images.poster = makeImage(holding.poster, dice);
  if (holding.backdrop !== undefined) images.backdrop = makeImage(holding.backdrop, dice);
  if (holding.logo !== undefined) images.logo = makeImage(holding.logo, dice);
  return images;
}

function metadataFile(
  holding: Holding,
  library: LibraryName,
  tmdbId: number,
  dice: Dice,
): MovieFolder['metadata'] {
  if (holding.brokenMetadata === true)
    return { mtime: fileTime(dice, 'metadata.json'), read: () => BROKEN_JSON };
  return holding.metadata === undefined
    ? null
    : metadataOf(namedFilm(holding.metadata), library, tmdbId, dice);
}

function namedFilm(name: string): Film {
  const dice = new Dice(name);
  return {
    name,
    releaseDate: `${1990 + dice.below('year', 30)}-05-15`,
    runtimeMinutes: 80 + dice.below('runtime', 100),
    genre: 'Drama',
    director: null,
    mpaaRating: 'PG-13',
    voteAverage: 5 + dice.below('vote', 50) / 10,
    voteCount: 321,
  };
}
