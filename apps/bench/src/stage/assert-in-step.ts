import type { DatabaseAdapter } from '@reelsync/database';
import {
  compareCatalogue,
  episodeKeyOf,
  expectedMovies,
  expectedTv,
  seasonKeyOf,
  type Comparison,
  type OracleServer,
} from '@reelsync/sample-library';

type Catalogue = Pick<DatabaseAdapter, 'movies' | 'tvShows' | 'seasons' | 'episodes'>;

/** Compares all four collections with what the oracle says that the merged libraries must give; throws on a difference. */
export async function assertInStep(catalogue: Catalogue, servers: readonly OracleServer[]): Promise<void> {
  for (const [kind, comparison] of await compareAll(catalogue, servers)) {
    if (!comparison.equal) throw new Error(`The catalogue is not in step: ${kind} ${describe(comparison)}`);
  }
}

/** Share of the expected documents that the catalogue holds as they must be, 0 to 1. */
export async function shareInStep(catalogue: Catalogue, servers: readonly OracleServer[]): Promise<number> {
  const tv = expectedTv(servers);
  const expected = expectedMovies(servers).size + tv.shows.size + tv.seasons.size + tv.episodes.size;
  const comparisons = await compareAll(catalogue, servers);
  const wrong = comparisons.reduce((sum, [, { missing, differences }]) => {
    return sum + new Set([...missing, ...differences.map(({ title }) => title)]).size;
  }, 0);
  return 1 - wrong / expected;
}

async function compareAll(
  { movies, tvShows, seasons, episodes }: Catalogue,
  servers: readonly OracleServer[],
): Promise<readonly (readonly [string, Comparison])[]> {
  const tv = expectedTv(servers);
  const limit = Number.MAX_SAFE_INTEGER;
  // Seasons and episodes carry the display title; the folder name of their show is found through its id.
  const folders = new Map<string, string>();
  for await (const show of tvShows.findAll({})) folders.set(String(show._id), String(show.originalTitle));
  const folderOf = (document: Readonly<Record<string, unknown>>): string =>
    folders.get(String(document['showId'])) ?? '(no show)';
  return [
    ['movies', await compareCatalogue(expectedMovies(servers), movies.findAll({}), { limit })],
    ['shows', await compareCatalogue(tv.shows, tvShows.findAll({}), { kind: 'shows', limit })],
    [
      'seasons',
      await compareCatalogue(tv.seasons, seasons.findAll({}), {
        kind: 'seasons',
        limit,
        keyOf: (season) => seasonKeyOf(folderOf(season), Number(season['seasonNumber'])),
      }),
    ],
    [
      'episodes',
      await compareCatalogue(tv.episodes, episodes.findAll({}), {
        kind: 'episodes',
        limit,
        keyOf: (episode) =>
          episodeKeyOf(folderOf(episode), Number(episode['seasonNumber']), Number(episode['episodeNumber'])),
      }),
    ],
  ];
}

function describe({ counts, missing, unexpected, differences }: Comparison): string {
  const [first] = differences;
  const example =
    missing[0] ?? unexpected[0] ?? (first === undefined ? '' : `${first.title}: ${first.field}`);
  return `(${counts.missing} missing, ${counts.unexpected} unexpected, ${counts.differences} fields differ, such as ${example})`;
}
