import { ReelsyncError, type MediaServer } from '@reelsync/core';
import { FileServers } from '@reelsync/file-server';
import { readListings } from '../flat/flat-listings';

/** What the server lists about the titles of a comparison; a name may be that of a film and of a show. */
export interface ComparedTitles {
  readonly movies: Readonly<Record<string, unknown>>;
  readonly tv: Readonly<Record<string, unknown>>;
}

export interface TitleChoice {
  /** Folder names; none: as many as `limit`, spread evenly over the listings. */
  readonly titles: readonly string[];
  readonly limit: number;
}

/** @throws {ReelsyncError} TITLE_UNKNOWN when the server does not list one of them, or nothing at all */
export async function readComparedTitles(
  server: MediaServer,
  { titles, limit }: TitleChoice,
  signal: AbortSignal,
): Promise<ComparedTitles> {
  const fileServers = new FileServers({ servers: [server] });
  try {
    const { listings } = await readListings(fileServers, server, signal);
    const { movies, tv } = listings;
    if (titles.length === 0) return evenly({ movies, tv }, limit, server);
    const unknown = titles.filter((title) => !Object.hasOwn(movies, title) && !Object.hasOwn(tv, title));
    if (unknown.length > 0) throw notListed(server, `does not list ${unknown.map(quoted).join(', ')}`);
    const wanted = new Set(titles);
    return { movies: pick(movies, wanted), tv: pick(tv, wanted) };
  } finally {
    await fileServers.close();
  }
}

function evenly({ movies, tv }: ComparedTitles, limit: number, server: MediaServer): ComparedTitles {
  const all = [
    ...Object.keys(movies).map((title) => ({ kind: 'movies', title }) as const),
    ...Object.keys(tv).map((title) => ({ kind: 'tv', title }) as const),
  ];
  if (all.length === 0) throw notListed(server, 'lists no title');
  const step = Math.max(1, all.length / limit);
  const chosen = all.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  const named = (wanted: 'movies' | 'tv') =>
    new Set(chosen.filter(({ kind }) => kind === wanted).map(({ title }) => title));
  return { movies: pick(movies, named('movies')), tv: pick(tv, named('tv')) };
}

function pick(
  listing: Readonly<Record<string, unknown>>,
  titles: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(listing).filter(([title]) => titles.has(title)));
}

function notListed({ id }: MediaServer, what: string): ReelsyncError {
  return new ReelsyncError('TITLE_UNKNOWN', `Server '${id}' ${what}`, { context: { serverId: id } });
}

function quoted(title: string): string {
  return `'${title}'`;
}
