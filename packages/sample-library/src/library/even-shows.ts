import { Dice } from '../random';
import { fileTime, makeImage } from './generate-movie';
import { makeEpisode, seasonPoster } from './generate-show';
import type { EpisodeFiles, SeasonFolder, ShowFolder } from './show-folder';
import { episodeMetadata, showMetadata } from './show-metadata';
import { TitleStore } from './title-store';

export interface EvenShape {
  readonly shows: number;
  /** Per show. */
  readonly seasons: number;
  /** Per season. */
  readonly episodes: number;
}

/** Shows that are all alike and lack nothing, for measurements: how many files they have is known beforehand. */
export function planEvenShows({ shows, seasons, episodes }: EvenShape): TitleStore<ShowFolder> {
  const store = new TitleStore<ShowFolder>((title) => evenShow(title, seasons, episodes));
  for (let number = 1; number <= shows; number += 1)
    store.plan(`Even Show ${String(number).padStart(4, '0')}`, number);
  return store;
}

function evenShow(title: string, seasons: number, episodes: number): ShowFolder {
  const dice = new Dice(title);
  const numbers = Array.from({ length: seasons }, (_, index) => index + 1);
  const facts = numbers.map((number) => ({ number, episodes }));
  return {
    images: { poster: makeImage('show_poster.jpg', dice), backdrop: makeImage('show_backdrop.jpg', dice) },
    metadata: { mtime: fileTime(dice, 'metadata.json'), read: () => showMetadata(title, 'alpha', facts) },
    seasons: numbers.map((number) => evenSeason(title, number, episodes, dice)),
    backdropFocal: null,
    backdropFocalSuggested: null,
  };
}

function evenSeason(title: string, number: number, episodes: number, dice: Dice): SeasonFolder {
  const name = `Season ${number}`;
  const files = Array.from({ length: episodes }, (_, index) => evenEpisode(title, number, index + 1, dice));
  return { name, poster: seasonPoster(name, dice), episodes: files };
}

function evenEpisode(title: string, season: number, number: number, dice: Dice): EpisodeFiles {
  const padded = (value: number): string => String(value).padStart(2, '0');
  const name = `${title} - S${padded(season)}E${padded(number)} - Part ${number} WEBDL-1080p.mp4`;
  const made = makeEpisode(name, `Season ${season}`, season, number, 'alpha', dice);
  return {
    ...made,
    video: { ...made.video, probe: 'full' },
    thumbnail: { ...makeImage(`${padded(number)} - Thumbnail.jpg`, dice), preview: true },
    metadata: {
      mtime: made.video.mtime,
      read: () => episodeMetadata(`Part ${number}`, 'alpha', season, number),
    },
  };
}
