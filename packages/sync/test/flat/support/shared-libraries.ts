import type { MediaServer } from '@reelsync/core';
import { buildLibraries, startSampleServer, type Library, type SampleServer } from '@reelsync/sample-library';
import { mediaServer } from './media-server';

export const SHOW = 'Breaking Point';
/** How many movies both servers hold, and each of them alone. */
export const MOVIES = { both: 3, exclusive: 2 };

/** Two servers with a few movies and one show. */
export class SharedLibraries {
  private constructor(
    readonly alpha: SampleServer,
    readonly beta: SampleServer,
    /** The preferred one first. */
    readonly servers: readonly [MediaServer, MediaServer],
    /** The movies that both hold. */
    readonly shared: readonly string[],
  ) {}

  static async start(): Promise<SharedLibraries> {
    const libraries = buildLibraries({ titles: 120, shows: 6 });
    const shared = trim(libraries.alpha, libraries.beta);
    const options = { webhookId: 'test-webhook' };
    const [alpha, beta] = await Promise.all([
      startSampleServer({ ...options, id: 'alpha', library: libraries.alpha }),
      startSampleServer({ ...options, id: 'beta', library: libraries.beta, prefix: '/media' }),
    ]);
    return new SharedLibraries(alpha, beta, [mediaServer(alpha), mediaServer(beta, { priority: 2 })], shared);
  }

  movieTitle(index: number): string {
    const title = this.shared[index];
    if (title === undefined) throw new Error(`no shared movie ${index}`);
    return title;
  }

  async close(): Promise<void> {
    await Promise.all([this.alpha.close(), this.beta.close()]);
  }
}

/** Leaves a few ordinary movies with poster and metadata on both, some on one only, and one show. */
function trim(first: Library, second: Library): string[] {
  const isOrdinary = (library: Library, title: string): boolean => {
    const folder = library.movies.get(title);
    return folder?.metadata != null && folder.images.poster?.preview === true && folder.videos.length === 1;
  };
  const all = [...new Set([...first.movies.titles(), ...second.movies.titles()])].filter((title) =>
    / \(\d{4}\)$/.test(title),
  );
  const both = all
    .filter((title) => isOrdinary(first, title) && isOrdinary(second, title))
    .slice(0, MOVIES.both);
  const kept = new Set(both);
  for (const [one, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const own = all.filter((title) => isOrdinary(one, title) && !other.movies.has(title));
    for (const title of own.slice(0, MOVIES.exclusive)) kept.add(title);
  }
  for (const library of [first, second]) {
    for (const title of [...library.movies.titles()]) if (!kept.has(title)) library.movies.delete(title);
    for (const title of [...library.shows.titles()]) if (title !== SHOW) library.shows.delete(title);
  }
  if (both.length < MOVIES.both) throw new Error('the sample libraries share too few ordinary movies');
  return both;
}
