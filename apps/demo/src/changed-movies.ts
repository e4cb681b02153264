import type { DatabaseAdapter, StoredMovie } from '@reelsync/database';
import type { SampleServerProcess } from '@reelsync/dev-installation';
import {
  compareCatalogue,
  expectedMovies,
  type Comparison,
  type ExpectedMovie,
} from '@reelsync/sample-library';

const CAPTIONS = 'German';

type Servers = readonly [SampleServerProcess, SampleServerProcess];

export interface ChangedMovies {
  /** The one with other metadata. */
  readonly title: string;
  readonly titles: readonly string[];
  /** How many of them do not show their change in the catalogue yet. */
  readonly outstanding: () => Promise<number>;
}

/** Changes the poster of one film on the first server, the metadata of another and the captions of a third. */
export async function changeMovies(database: DatabaseAdapter, servers: Servers): Promise<ChangedMovies> {
  const [server] = servers;
  const { library } = server.control;
  const titles = await chooseTitles(database, server.id);
  const [withPoster, withMetadata, withCaptions] = titles;
  const displayTitle = `${withMetadata} (Director's Cut ${server.oracle.library.revision + 1})`;
  await library.replacePoster(withPoster);
  await library.editMetadata(withMetadata, { title: displayTitle });
  await library.addCaption(withCaptions, CAPTIONS);
  return { title: withMetadata, titles, outstanding: outstandingOf(database, servers, titles) };
}

/** Changes the poster of this film once more. */
export async function changePoster(
  database: DatabaseAdapter,
  servers: Servers,
  title: string,
): Promise<Pick<ChangedMovies, 'outstanding'>> {
  await servers[0].control.library.replacePoster(title);
  return { outstanding: outstandingOf(database, servers, [title]) };
}

/** Counts the titles that differ from what the libraries give for them now. */
function outstandingOf(
  database: DatabaseAdapter,
  servers: Servers,
  titles: readonly string[],
): ChangedMovies['outstanding'] {
  const libraries = expectedMovies(servers.map(({ oracle }) => oracle));
  const expected = new Map(titles.flatMap((title) => entryOf(libraries, title)));
  return async () => {
    const { differences } = await compare(database, expected);
    return new Set(differences.map(({ title }) => title)).size;
  };
}

function entryOf(
  libraries: ReadonlyMap<string, ExpectedMovie>,
  title: string,
): readonly (readonly [string, ExpectedMovie])[] {
  const movie = libraries.get(title);
  return movie === undefined ? [] : [[title, movie]];
}

/** Those documents of the catalogue against what the libraries give for them. */
async function compare(
  database: DatabaseAdapter,
  expected: ReadonlyMap<string, ExpectedMovie>,
): Promise<Comparison> {
  const documents = await Promise.all(
    [...expected.keys()].map((title) => database.movies.findByOriginalTitle(title)),
  );
  return compareCatalogue(
    expected,
    documents.filter((document): document is StoredMovie => document !== null),
  );
}

/** Three titles whose metadata and poster the server owns, so that each change must show. */
async function chooseTitles(
  database: DatabaseAdapter,
  serverId: string,
): Promise<readonly [string, string, string]> {
  const owned = database.movies.findAll({ metadataSource: serverId, posterSource: serverId }, { limit: 3 });
  const titles: string[] = [];
  for await (const { originalTitle } of owned) titles.push(originalTitle);
  const [first, second, third] = titles;
  if (first === undefined || second === undefined || third === undefined)
    throw new Error(`Server '${serverId}' owns fewer than three movies of the catalogue`);
  return [first, second, third];
}
