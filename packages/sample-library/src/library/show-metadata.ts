import { Dice } from '../random';
import type { JsonObject } from '../json';

export interface SeasonFacts {
  readonly number: number;
  readonly episodes: number;
}

/** The content of a show's `metadata.json`; season metadata is in it (contract §4). */
export function showMetadata(name: string, server: string, seasons: readonly SeasonFacts[]): JsonObject {
  const dice = new Dice(`${name}/${server}`);
  const firstYear = 1995 + new Dice(name).below('year', 25);
  return {
    adult: false,
    first_air_date: `${firstYear}-01-20`,
    genres: [{ id: 18, name: 'Drama' }],
    id: 1 + new Dice(name).below('tmdb', 200_000),
    last_air_date: `${firstYear + seasons.length}-02-01`,
    name,
    networks: [{ id: 174, name: 'AMC', logo_path: '/n.png', origin_country: 'US' }],
    number_of_episodes: seasons.reduce((sum, season) => sum + season.episodes, 0),
    number_of_seasons: seasons.length,
    original_name: name,
    overview: `${name}, as ${server} tells it.`,
    poster_path: '/ps.jpg',
    seasons: seasons.map(({ number, episodes }) => ({
      air_date: `${firstYear + number}-01-20`,
      episode_count: episodes,
      id: number + 1,
      name: number === 0 ? 'Specials' : `Season ${number}`,
      overview: `Season ${number} of ${name}`,
      poster_path: `/sp${number}.jpg`,
      season_number: number,
      vote_average: 8,
    })),
    status: 'Ended',
    vote_average: 5 + dice.below('vote', 50) / 10,
    vote_count: dice.below('votes', 5000),
    rating: 'TV-14',
    last_updated: '2025-02-03T04:05:06.000Z',
  };
}

/** The content of an episode's `NN_metadata.json`. */
export function episodeMetadata(name: string, server: string, season: number, episode: number): JsonObject {
  return {
    air_date: `20${String(5 + (season % 15)).padStart(2, '0')}-01-${String(1 + (episode % 28)).padStart(2, '0')}`,
    crew: [],
    episode_number: episode,
    episode_type: 'standard',
    guest_stars: [],
    id: season * 1000 + episode,
    name,
    overview: `${name}, as ${server} tells it.`,
    production_code: '',
    runtime: 45,
    season_number: season,
    still_path: `/st${season}${episode}.jpg`,
    vote_average: 8,
    vote_count: 10,
    last_updated: '2025-02-03T04:05:06.000Z',
  };
}
