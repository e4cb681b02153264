import type { DatabaseAdapter } from '@reelsync/database';
import type { SampleServerProcess } from '@reelsync/dev-installation';
import {
  compareCatalogue,
  compareTv,
  expectedMovies,
  expectedTv,
  type Comparison,
} from '@reelsync/sample-library';
import { TITLE_KINDS, type TitleKind } from './run-summary';

type Comparisons = Readonly<Record<TitleKind, Comparison>>;

/** Compares every document of all four collections with what the oracle says the merged libraries must give. */
export async function verifyCatalogue(
  { movies, tvShows, seasons, episodes }: DatabaseAdapter,
  servers: readonly SampleServerProcess[],
): Promise<Comparisons> {
  const libraries = servers.map(({ oracle }) => oracle);
  return {
    movies: await compareCatalogue(expectedMovies(libraries), movies.findAll()),
    ...(await compareTv(expectedTv(libraries), {
      shows: tvShows.findAll(),
      seasons: seasons.findAll(),
      episodes: episodes.findAll(),
    })),
  };
}

/** One paragraph for each collection that differs; none when all are equal. */
export function describeDifferences(comparisons: Comparisons): readonly string[] {
  return TITLE_KINDS.filter((kind) => !comparisons[kind].equal).map((kind) =>
    describeComparison(kind, comparisons[kind]),
  );
}

function describeComparison(
  kind: TitleKind,
  { counts, missing, unexpected, differences }: Comparison,
): string {
  return [
    `The ${kind} of the catalogue differ from the libraries: ${counts.missing} missing, ${counts.unexpected} unexpected, ${counts.differences} fields.`,
    ...missing.slice(0, 3).map((title) => `  missing: ${title}`),
    ...unexpected.slice(0, 3).map((title) => `  unexpected: ${title}`),
    ...differences
      .slice(0, 5)
      .map(
        ({ title, field, expected, actual }) =>
          `  ${title}: ${field} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`,
      ),
  ].join('\n');
}
