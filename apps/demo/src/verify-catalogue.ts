import type { DatabaseAdapter } from '@reelsync/database';
import { compareCatalogue, expectedMovies, type Comparison } from '@reelsync/sample-library';
import type { SampleServerProcess } from '@reelsync/dev-installation';

/** Compares every document with what the oracle says the merged libraries must give. */
export function verifyCatalogue(
  database: DatabaseAdapter,
  servers: readonly SampleServerProcess[],
): Promise<Comparison> {
  return compareCatalogue(expectedMovies(servers.map(({ oracle }) => oracle)), database.movies.findAll({}));
}

export function describeDifferences({ counts, missing, unexpected, differences }: Comparison): string {
  return [
    `The catalogue differs from the libraries: ${counts.missing} missing, ${counts.unexpected} unexpected, ${counts.differences} fields.`,
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
