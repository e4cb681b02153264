import { Dice } from '../random';
import type { LibraryName } from './generate-movie';
import { fileTime, makeImage } from './generate-movie';
import { makeEpisode, seasonPoster } from './generate-show';
import type { SeasonFolder, ShowFolder } from './show-folder';
import { episodeNumberOf, seasonNumberOf } from './show-folder';
import { showMetadata } from './show-metadata';

interface SpecialShow {
  readonly title: string;
  /** Season folder → mp4 files. */
  readonly alpha?: Readonly<Record<string, readonly string[]>>;
  readonly beta?: Readonly<Record<string, readonly string[]>>;
  /** Neither metadata nor images. */
  readonly bare?: boolean;
}

const COMPLICATED = "It's Complicated & Co. (2019)";

/** The TV cases of contract §3.6. */
export const SPECIAL_SHOWS: readonly SpecialShow[] = [
  {
    title: 'Breaking Point',
    alpha: {
      'Season 1': [
        'Breaking Point - S01E01 - Pilot WEBDL-1080p.mp4',
        "Breaking Point - S01E02 - The Cat's in the Bag WEBDL-1080p.mp4",
      ],
      'Season 2': ['Breaking Point - S02E01 - Seven Thirty-Seven WEBDL-1080p.mp4'],
    },
    beta: {
      'Season 1': ['Breaking Point - S01E01 - Pilot WEBDL-2160p.mp4'],
      'Season 2': [
        'Breaking Point - S02E01 - Seven Thirty-Seven WEBDL-2160p.mp4',
        'Breaking Point - S02E02 - Grilled WEBDL-2160p.mp4',
      ],
      'Season 3': ['Breaking Point - S03E01 - No Mas WEBDL-2160p.mp4'],
    },
  },
  {
    title: COMPLICATED,
    alpha: {
      'Season 0': [`${COMPLICATED} - S00E01 - Behind the Scenes.mp4`],
      Specials: ['Bonus.mp4'],
      'Season 1': ['01 - Meet the #1 Neighbours.mp4', '02 - 50% Off.mp4'],
      'Season 02': [
        `${COMPLICATED} - S02E01-E02 - Double Bill.mp4`,
        `${COMPLICATED} - S02E101 - Very Late.mp4`,
      ],
    },
    // The same season under another folder name.
    beta: {
      'Season 2': [`${COMPLICATED} - S02E01 - Double Bill.mp4`, `${COMPLICATED} - S02E03 - Only Here.mp4`],
    },
  },
  { title: 'Nothing Downloaded', alpha: {}, beta: {}, bare: true },
  {
    title: '1883',
    alpha: { 'Season 1': ['1883 - S01E01 - 1883.mp4'] },
    beta: { 'Season 1': ['1883 - S01E01 - 1883.mp4'] },
  },
  { title: '__proto__', alpha: { 'Season 1': ['__proto__ - S01E01 - constructor.mp4'] } },
  { title: '100% Series', beta: { 'Season 1': ['100% Series - S01E01 - 50%25 Off.mp4'] } },
];

/** The folder that one server holds of a special show. */
export function specialShow(show: SpecialShow, library: LibraryName, seed: number): ShowFolder {
  const dice = new Dice(`${seed}/${library}/${show.title}`);
  const seasons = Object.entries(show[library] ?? {}).map(([folder, files]): SeasonFolder => ({
    name: folder,
    poster: folder === 'Specials' ? null : seasonPoster(folder, dice),
    episodes: files.map((file) =>
      makeEpisode(file, folder, seasonNumberOf(folder), episodeNumberOf(file), library, dice),
    ),
  }));
  const facts = [0, 1, 2, 3].map((number) => ({ number, episodes: number + 1 }));
  return {
    images: show.bare
      ? {}
      : {
          poster: makeImage('show_poster.png', dice),
          logo: makeImage(library === 'alpha' ? 'show_logo.svg' : 'show_logo.png', dice),
          ...(library === 'alpha' ? {} : { backdrop: makeImage('show_backdrop.jpg', dice) }),
        },
    metadata: show.bare
      ? null
      : { mtime: fileTime(dice, 'metadata.json'), read: () => showMetadata(show.title, library, facts) },
    seasons,
    backdropFocal: null,
    backdropFocalSuggested: library === 'alpha' ? null : 'center',
  };
}
