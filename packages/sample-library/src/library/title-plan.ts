import { Dice } from '../random';
import type { Film } from './films';
import { folderNameOf } from './films';
import type { LibraryName } from './generate-movie';
import { generateMovie } from './generate-movie';
import { generateShow } from './generate-show';
import type { MovieFolder } from './media-files';
import type { ShowFolder } from './show-folder';
import { SPECIAL_MOVIES, specialFolder } from './special-movies';
import { SPECIAL_SHOWS, specialShow } from './special-shows';
import { TitleStore } from './title-store';

export interface PlanOptions {
  /** Distinct titles over both servers, special ones included. */
  readonly count: number;
  readonly seed: number;
}

export type BothLibraries<Folder extends object> = Record<LibraryName, TitleStore<Folder>>;

interface Special {
  readonly title: string;
  readonly alpha?: unknown;
  readonly beta?: unknown;
}

interface Recipe<Folder, Kind extends Special> {
  readonly specials: readonly Kind[];
  readonly films: readonly Film[];
  /** Folder name of a film in one of the rounds through the data set. */
  readonly name: (film: Film, round: number) => string;
  readonly special: (special: Kind, library: LibraryName) => Folder;
  readonly ordinary: (title: string, film: Film, library: LibraryName) => Folder;
}

/** The movies of both servers. */
export function planMovies(
  films: readonly Film[],
  options: PlanOptions & { readonly withBrokenTitles: boolean },
): BothLibraries<MovieFolder> {
  const { seed } = options;
  return plan<MovieFolder, (typeof SPECIAL_MOVIES)[number]>(options, {
    specials: SPECIAL_MOVIES.filter((movie) => options.withBrokenTitles || movie.broken !== true),
    films,
    name: (film, round) => movieFolderName(film, round, seed),
    special: (movie, library) => specialFolder(movie, library, seed),
    ordinary: (title, film, library) => generateMovie(title, film, library, seed),
  });
}

/** The shows of both servers; none at all when none are asked for. */
export function planShows(films: readonly Film[], options: PlanOptions): BothLibraries<ShowFolder> {
  const { seed, count } = options;
  return plan<ShowFolder, (typeof SPECIAL_SHOWS)[number]>(options, {
    specials: count === 0 ? [] : SPECIAL_SHOWS,
    films,
    name: (film, round) => `${folderNameOf(film.name)} - The Series${round === 0 ? '' : ` ${round + 1}`}`,
    special: (show, library) => specialShow(show, library, seed),
    ordinary: (title, film, library) => generateShow(title, film.name, library, seed),
  });
}

/** 30 % only on alpha, 30 % only on beta, the rest on both; special titles first. */
function plan<Folder extends object, Kind extends Special>(
  options: PlanOptions,
  recipe: Recipe<Folder, Kind>,
): BothLibraries<Folder> {
  const { specials, films } = recipe;
  const storeOf = (library: LibraryName): TitleStore<Folder> =>
    new TitleStore((title, number) => {
      // The plan numbers special titles below zero.
      const special = number < 0 ? specials[-number - 1] : undefined;
      return special
        ? recipe.special(special, library)
        : recipe.ordinary(title, filmAt(films, number), library);
    });
  const stores = { alpha: storeOf('alpha'), beta: storeOf('beta') };

  specials.forEach((special, index) => {
    if (special.alpha) stores.alpha.plan(special.title, -index - 1);
    if (special.beta) stores.beta.plan(special.title, -index - 1);
  });
  const taken = new Set(specials.map((special) => special.title));
  for (let number = 0; taken.size < options.count; number += 1) {
    const title = recipe.name(filmAt(films, number), Math.floor(number / films.length));
    if (taken.has(title)) continue;
    taken.add(title);
    const place = new Dice(`${options.seed}/${title}`).below('place', 100);
    if (place < 30 || place >= 60) stores.alpha.plan(title, number);
    if (place >= 30) stores.beta.plan(title, number);
  }
  return stores;
}

function filmAt(films: readonly Film[], number: number): Film {
  const film = films[number % films.length];
  if (!film) throw new Error('The film data set is empty');
  return film;
}

/** About half of the folders carry the year, as download managers name them; later rounds carry a volume number. */
function movieFolderName(film: Film, round: number, seed: number): string {
  const name = folderNameOf(film.name);
  const year = film.releaseDate.slice(0, 4);
  const named = year !== '' && new Dice(`${seed}/${name}`).chance('year', 50) ? `${name} (${year})` : name;
  return round === 0 ? named : `${named} - Volume ${round + 1}`;
}
