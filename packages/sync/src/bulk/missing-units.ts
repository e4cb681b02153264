import type { Unit } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';

type Catalogue = Pick<DatabaseAdapter, 'movies' | 'tvShows' | 'seasons' | 'episodes'>;

/** Those of the units that the catalogue has nothing of. */
export async function missingUnits(catalogue: Catalogue, units: readonly Unit[]): Promise<readonly Unit[]> {
  const present = await Promise.all(units.map((unit) => isPresent(catalogue, unit)));
  return units.filter((_, index) => present[index] === false);
}

async function isPresent({ movies, tvShows, seasons, episodes }: Catalogue, unit: Unit): Promise<boolean> {
  if (unit.kind === 'movie') return (await movies.load(unit.title)) !== null;
  const show = await tvShows.load(unit.title);
  if (unit.kind === 'show' || show === null) return show !== null;
  const { _id: showId } = show;
  return unit.kind === 'season'
    ? (await seasons.loadSeason(showId, unit.season)) !== null
    : (await episodes.getEpisodeCount(showId, unit.season)) > 0;
}
