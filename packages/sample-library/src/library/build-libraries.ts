import { planEvenShows, type EvenShape } from './even-shows';
import { loadFilms } from './films';
import { Library } from './library';
import type { MovieFolder } from './media-files';
import { planMovies, planShows } from './title-plan';
import { TitleStore } from './title-store';

export interface BuildOptions {
  /**
   * Distinct movies over both libraries: 30 % only on alpha, 30 % only on beta, the rest on both. The special titles
   * are always there, even when this is less than their number.
   */
  readonly titles: number;
  /** Distinct shows over both libraries, split like the movies; 0 (the default) means no TV at all. */
  readonly shows?: number;
  /** Instead of `shows`, all of them on alpha; with no `titles` there are no movies at all then. */
  readonly evenShows?: EvenShape;
  readonly seed?: number;
  /** Include titles that can never be synchronised cleanly, such as a metadata file that is not JSON. */
  readonly withBrokenTitles?: boolean;
}

/** Two overlapping libraries: alpha (priority 1, no prefix) and beta (priority 2, prefix `/media`). */
export interface SampleLibraries {
  readonly alpha: Library;
  readonly beta: Library;
}

const MAX_TITLES = 100_000;

/** Builds both libraries. Equal options give equal libraries, to the last token. */
export function buildLibraries(options: BuildOptions): SampleLibraries {
  const { titles, shows = 0, evenShows, seed = 1, withBrokenTitles = false } = options;
  for (const [name, count] of Object.entries({ titles, shows })) {
    if (!Number.isInteger(count) || count < 0 || count > MAX_TITLES) {
      throw new RangeError(`${name} must be an integer from 0 to ${MAX_TITLES}, not ${count}`);
    }
  }
  const films = loadFilms();
  const movies = planMovies(films, { count: titles, seed, withBrokenTitles });
  const tv = planShows(films, { count: evenShows === undefined ? shows : 0, seed });
  const alphaShows = evenShows === undefined ? tv.alpha : planEvenShows(evenShows);
  return {
    alpha: new Library(
      'alpha',
      1,
      '',
      evenShows !== undefined && titles === 0 ? noMovies() : movies.alpha,
      alphaShows,
    ),
    beta: new Library('beta', 2, '/media', movies.beta, tv.beta),
  };
}

function noMovies(): TitleStore<MovieFolder> {
  return new TitleStore<MovieFolder>((title) => {
    throw new Error(`there are no movies, so there is no "${title}"`);
  });
}
