import { hash32 } from '../random';
import type { JsonObject } from '../json';
import type { Film } from './films';

const GENRE_IDS: Readonly<Record<string, number>> = {
  Action: 28,
  Adventure: 12,
  Comedy: 35,
  Documentary: 99,
  Drama: 18,
  Horror: 27,
  Musical: 10402,
  'Romantic Comedy': 10749,
  'Thriller/Suspense': 53,
  Western: 37,
};

/** The content of a movie's `metadata.json` (contract §4). `server` makes two servers' files differ. */
export function movieMetadata(film: Film, server: string, tmdbId: number): JsonObject {
  const seed = hash32(`${film.name}\u0000${server}`);
  const genres = film.genre === null ? [] : [{ id: GENRE_IDS[film.genre] ?? 0, name: film.genre }];
  return {
    adult: false,
    backdrop_path: `/bd${tmdbId}.jpg`,
    belongs_to_collection: null,
    genres,
    homepage: '',
    id: tmdbId,
    original_language: 'en',
    original_title: film.name,
    overview: `${film.name}${film.director === null ? '' : `, directed by ${film.director}`}, as ${server} tells it.`,
    popularity: (seed % 1000) / 10,
    poster_path: `/ps${tmdbId}.jpg`,
    release_date: film.releaseDate,
    // Some operators' files hold the runtime as text (ST-M6).
    runtime:
      seed % 20 === 0 && film.runtimeMinutes !== null ? String(film.runtimeMinutes) : film.runtimeMinutes,
    status: 'Released',
    tagline: '',
    title: film.name,
    vote_average: film.voteAverage,
    vote_count: film.voteCount === null ? null : film.voteCount + (seed % 50),
    rating: film.mpaaRating,
    cast: [{ id: 1, name: 'Test Person', character: 'Lead', profile_path: null }],
    trailer_url: null,
    logo_path: `/lg${tmdbId}.png`,
    last_updated: new Date(Date.UTC(2025, 0, 2) + (seed % 1_000_000) * 1000).toISOString(),
  };
}
