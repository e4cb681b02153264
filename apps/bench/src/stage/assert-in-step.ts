import type { DatabaseAdapter } from '@reelsync/database';
import {
  compareCatalogue,
  compareTv,
  expectedMovies,
  expectedTv,
  type Comparison,
  type OracleServer,
} from '@reelsync/sample-library';

type Catalogue = Pick<DatabaseAdapter, 'movies' | 'tvShows' | 'seasons' | 'episodes'>;

/** Compares all four collections with what the oracle says that the merged libraries must give; throws on a difference. */
export async function assertInStep(catalogue: Catalogue, servers: readonly OracleServer[]): Promise<void> {
  const { comparisons } = await compareAll(catalogue, servers);
  for (const [kind, comparison] of comparisons)
    if (!comparison.equal) throw new Error(`The catalogue is not in step: ${kind} ${describe(comparison)}`);
}

/** Share of the expected documents that are missing or not as they must be, 0 to 1. */
export async function shareOutOfStep(
  catalogue: Catalogue,
  servers: readonly OracleServer[],
): Promise<number> {
  const { expected, comparisons } = await compareAll(catalogue, servers);
  const wrong = comparisons.reduce(
    (sum, [, { counts }]) => sum + counts.missing + counts.unexpected + counts.differing,
    0,
  );
  return wrong / expected;
}

async function compareAll(
  { movies, tvShows, seasons, episodes }: Catalogue,
  servers: readonly OracleServer[],
): Promise<{ readonly expected: number; readonly comparisons: readonly (readonly [string, Comparison])[] }> {
  const films = expectedMovies(servers);
  const tv = expectedTv(servers);
  const ofTv = await compareTv(tv, {
    shows: tvShows.findAll(),
    seasons: seasons.findAll(),
    episodes: episodes.findAll(),
  });
  return {
    expected: films.size + tv.shows.size + tv.seasons.size + tv.episodes.size,
    comparisons: [['movies', await compareCatalogue(films, movies.findAll())], ...Object.entries(ofTv)],
  };
}

function describe({ counts, missing, unexpected, differences }: Comparison): string {
  const [first] = differences;
  const example =
    missing[0] ?? unexpected[0] ?? (first === undefined ? '' : `${first.title}: ${first.field}`);
  return `(${counts.missing} missing, ${counts.unexpected} unexpected, ${counts.differences} fields differ, such as ${example})`;
}
