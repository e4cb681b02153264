import type { AdminDependencies, Handlers } from '../handler';

export function statsHandlers({ database }: Pick<AdminDependencies, 'database'>): Pick<Handlers, 'getStats'> {
  return {
    getStats: async () => {
      const { movies, tvShows, seasons, episodes, inventory } = await database.getStats();
      const catalogue = {
        movies: movies.total,
        shows: tvShows.total,
        seasons: seasons.total,
        episodes: episodes.total,
      };
      return { catalogue, inventory };
    },
  };
}
