import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isObject } from '../json';

/** What the film data set knows about one film. Gaps are real: nothing is invented to fill them. */
export interface Film {
  /** Display title. */
  readonly name: string;
  /** `YYYY-MM-DD`, or '' when unknown, as in a server's metadata file. */
  readonly releaseDate: string;
  readonly runtimeMinutes: number | null;
  readonly genre: string | null;
  readonly director: string | null;
  readonly mpaaRating: string | null;
  readonly voteAverage: number | null;
  readonly voteCount: number | null;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

let films: readonly Film[] | undefined;

/** The films of the `vega-datasets` package (a development dependency of the repository), in file order; read once. */
export function loadFilms(): readonly Film[] {
  return (films ??= readFilms());
}

function readFilms(): readonly Film[] {
  // The package exports only its entry point, so its data folder is found from there.
  const data = join(dirname(require.resolve('vega-datasets')), '..', 'data', 'movies.json');
  const rows: unknown = JSON.parse(readFileSync(data, 'utf8'));
  if (!Array.isArray(rows)) throw new Error(`${data} does not hold a list of films`);
  return rows.filter(isObject).map(toFilm);
}

/** A folder name for a display title: `/` cannot exist on disk. */
export function folderNameOf(name: string): string {
  return name.replaceAll('/', '-').trim();
}

function toFilm(row: Readonly<Record<string, unknown>>): Film {
  const title = row['Title'];
  return {
    // Some titles are numbers in the data set (1776, 300, …) and one is null.
    name: typeof title === 'string' || typeof title === 'number' ? String(title) : 'Untitled',
    releaseDate: toIsoDate(row['Release Date']),
    runtimeMinutes: numberOrNull(row['Running Time min']),
    genre: textOrNull(row['Major Genre']),
    director: textOrNull(row['Director']),
    mpaaRating: textOrNull(row['MPAA Rating']),
    voteAverage: numberOrNull(row['IMDB Rating']),
    voteCount: numberOrNull(row['IMDB Votes']),
  };
}

function toIsoDate(value: unknown): string {
  const match = typeof value === 'string' ? /^([A-Z][a-z]{2}) (\d{2}) (\d{4})$/.exec(value) : null;
  if (!match) return '';
  const [, month = '', day = '', year = ''] = match;
  const number = MONTHS.indexOf(month) + 1;
  return number === 0 ? '' : `${year}-${String(number).padStart(2, '0')}-${day}`;
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);
