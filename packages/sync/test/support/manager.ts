import type { SyncEvent } from '@reelsync/core';
import { SyncEventBus } from '@reelsync/core';
import { compareCatalogue, expectedMovies, expectedTv, type OracleServer } from '@reelsync/sample-library';
import { SyncManager, type SyncManagerOptions } from '@reelsync/sync';
import type { Installation } from './installation';

export const EQUAL = { missing: [], unexpected: [], differences: [], equal: true };

export interface ManagedInstallation {
  readonly manager: SyncManager;
  readonly events: readonly SyncEvent[];
  /** Folder names on both servers. */
  readonly movies: readonly string[];
  readonly shows: readonly string[];
}

/** A manager with a database connection of its own over an installation. */
export function manage(
  installation: Installation,
  options: Partial<SyncManagerOptions> = {},
): ManagedInstallation {
  const bus = new SyncEventBus();
  const events: SyncEvent[] = [];
  bus.subscribeToAll((event) => events.push(event));
  const manager = new SyncManager({ config: () => installation.config, bus, ...options });
  return {
    manager,
    events,
    movies: [...expectedMovies(oracle(installation)).keys()],
    shows: [...expectedTv(oracle(installation)).shows.keys()],
  };
}

export function oracle({ alpha, beta }: Installation): OracleServer[] {
  return [alpha, beta].map(({ id, baseUrl, prefix, library }, index) => ({
    id,
    baseUrl,
    prefix,
    library,
    priority: index + 1,
  }));
}

export async function expectMovies(installation: Installation): Promise<void> {
  const expected = expectedMovies(oracle(installation));
  expect(await compareCatalogue(expected, installation.database.movies.findAll())).toMatchObject(EQUAL);
}

export async function expectShows(installation: Installation): Promise<void> {
  const { database } = installation;
  const expected = expectedTv(oracle(installation));
  const shows = await compareCatalogue(expected.shows, database.tvShows.findAll(), { kind: 'shows' });
  expect(shows).toMatchObject(EQUAL);
  expect(await database.seasons.count()).toBe(expected.seasons.size);
  expect(await database.episodes.count()).toBe(expected.episodes.size);
}

/** What a function throws; undefined when it does not. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What a server answers when it is asked for a listing, without its version. */
export async function rawListing(
  { nodeUrl }: Installation['alpha'],
  kind: 'movies' | 'tv',
): Promise<Record<string, unknown>> {
  const response = await fetch(`${nodeUrl}/media/${kind}`, { headers: { 'x-webhook-id': 'test-webhook' } });
  const titles = (await response.json()) as Record<string, unknown>;
  delete titles['version'];
  return titles;
}
