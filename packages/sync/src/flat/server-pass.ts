import { parseMovieRecord, parseShowListing, type ParsedRecord } from '@reelsync/core';
import type { FlatMediaType } from './flat-result';
import { MoviePass } from './movie-pass';
import type { PassContext } from './pass-context';
import { TvPass } from './tv-pass';

/** How far a pass has come; titles are movies and shows. */
export interface FlatProgress {
  readonly serverId: string;
  readonly phase: 'movies' | 'tv';
  readonly title: string;
  readonly done: number;
  readonly total: number;
  readonly failed: number;
}

export type OnFlatProgress = (progress: FlatProgress) => void;

/** Titles whose documents are read together; bounds memory and how old what was read can get. */
const CHUNK_SIZE = 100;

/** One pass over what one server lists: movies, then show by show with seasons and episodes; one after the other. */
export async function passServer(context: PassContext, onProgress: OnFlatProgress): Promise<void> {
  const { tools, result } = context;
  const { server, listings } = tools.pass;
  const titles = { movies: Object.keys(listings.movies).length, tv: Object.keys(listings.tv).length };
  const total = titles.movies + titles.tv;
  let done = 0;
  const report = (phase: FlatProgress['phase'], title: string): void => {
    done += 1;
    const { movies, tvShows, seasons, episodes } = result;
    const failed = [movies, tvShows, seasons, episodes].reduce((sum, { errors }) => sum + errors.length, 0);
    onProgress({ serverId: server.id, phase, title, done, total, failed });
  };
  const movies = new MoviePass(context);
  for (const chunk of chunksOf(
    readable(listings.movies, parseMovieRecord, 'movie', context, (title) => report('movies', title)),
  ))
    await movies.sync(chunk, (title) => report('movies', title));
  const shows = new TvPass(context);
  for (const chunk of chunksOf(
    readable(listings.tv, parseShowListing, 'tvShow', context, (title) => report('tv', title)),
  ))
    await shows.sync(chunk, (title) => report('tv', title));
}

/** Titles whose record can be used; the others are noted and left alone. */
function* readable<T>(
  titles: Readonly<Record<string, unknown>>,
  parse: (raw: unknown) => ParsedRecord<T>,
  mediaType: FlatMediaType,
  { tools, result }: PassContext,
  onLeftOut: (title: string) => void,
): Generator<{ readonly title: string; readonly record: T }> {
  for (const [title, raw] of Object.entries(titles)) {
    // The version number shares the namespace of the titles (contract §3.1).
    if (title === 'version' && typeof raw === 'number') continue;
    const parsed = parse(raw);
    const problems = parsed.ok ? parsed.problems : [parsed.problem];
    for (const problem of problems)
      result.problems.push({ mediaType, title, serverId: tools.pass.server.id, problem });
    if (parsed.ok) yield { title, record: parsed.record };
    else onLeftOut(title);
  }
}

function* chunksOf<T>(items: Iterable<T>): Generator<T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    if (chunk.push(item) < CHUNK_SIZE) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
