import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseAdapter, StoredMovie } from '@reelsync/database';
import {
  compareCatalogue,
  expectedMovies,
  type Comparison,
  type ExpectedMovie,
} from '@reelsync/sample-library';
import type { DemoReport } from './demo-report';
import type { DemoStage } from './demo-steps';

const WEBHOOK_DEADLINE_MS = 30_000;
const POLL_INTERVAL_MS = 10;
const CAPTIONS = 'German';

/**
 * Changes the poster of one film on the first server, the metadata of another and the captions of a third, lets that
 * server send its webhook once, and waits until all three show in the catalogue.
 */
export async function changeByWebhook(
  { database, servers, apiUrl }: DemoStage,
  signal: AbortSignal,
): Promise<DemoReport['webhook']> {
  const [server] = servers;
  const { library } = server.control;
  const titles = await chooseTitles(database, server.id);
  const [withPoster, withMetadata, withCaptions] = titles;
  const displayTitle = `${withMetadata} (Director's Cut ${server.oracle.library.revision + 1})`;
  await library.replacePoster(withPoster);
  await library.editMetadata(withMetadata, { title: displayTitle });
  await library.addCaption(withCaptions, CAPTIONS);

  const libraries = expectedMovies(servers.map(({ oracle }) => oracle));
  const expected = new Map(titles.flatMap((title) => entryOf(libraries, title)));
  const outstanding = await compare(database, expected);
  if (new Set(outstanding.differences.map(({ title }) => title)).size !== titles.length)
    throw new Error(`The changes of ${quoted(titles)} would not show in the catalogue`);

  const sentAt = performance.now();
  const status = await server.control.sendSyncWebhook(apiUrl);
  if (status !== 202) throw new Error(`The API answered the webhook with ${status}`);
  while (!(await compare(database, expected)).equal) {
    if (performance.now() - sentAt > WEBHOOK_DEADLINE_MS)
      throw new Error(`Not all changes of ${quoted(titles)} arrived`);
    await delay(POLL_INTERVAL_MS, undefined, { signal });
  }
  return { title: withMetadata, latencyMs: Math.round(performance.now() - sentAt), titles };
}

function quoted(titles: readonly string[]): string {
  return titles.map((title) => `'${title}'`).join(', ');
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
