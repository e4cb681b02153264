import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_SERVER_TIMEOUTS,
  parseMovieRecord,
  type MediaServer,
  type MovieRecord,
  type Provider,
} from '@reelsync/core';

type Listing = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export function readFixture(name: string): string {
  return readFileSync(join(__dirname, '../fixtures', name), 'utf8');
}

/** The titles of a recorded listing, without its `version` member. */
export function readListing(name: string): Listing {
  const titles = new Map(Object.entries(JSON.parse(readFixture(name)) as Listing));
  titles.delete('version');
  return Object.fromEntries(titles);
}

/** The `movies` part of the recorded auto-captions excerpt. */
export function readCaptionStubs(): Listing {
  return (JSON.parse(readFixture('auto-captions-stubs.excerpt.json')) as { movies: Listing }).movies;
}

/** Parses a raw listing member that is expected to be usable. */
export function parsed(raw: unknown): MovieRecord {
  const result = parseMovieRecord(raw);
  if (!result.ok) throw new Error(`not parsed: ${result.problem}`);
  return result.record;
}

export function aServer(overrides: Partial<MediaServer> = {}): MediaServer {
  return {
    id: 'default',
    baseUrl: 'https://files.example.com',
    nodeUrl: 'https://files.example.com/node',
    prefix: '',
    priority: 1,
    enabled: true,
    concurrency: 4,
    timeouts: DEFAULT_SERVER_TIMEOUTS,
    ...overrides,
  };
}

/** The two servers of the recorded fixtures. */
export const first = aServer();
export const second = aServer({
  id: 'server2',
  baseUrl: 'https://two.example.com',
  nodeUrl: 'https://two.example.com/node',
  prefix: '/media',
  priority: 2,
});

const recorded = new Map<MediaServer, Listing>([
  [first, readListing('movies.json')],
  [second, readListing('server2.movies.json')],
]);

/** What a recorded server holds of a title. */
export function recordedProvider(server: MediaServer, title: string): Provider<MovieRecord> {
  const raw = recorded.get(server)?.[title];
  if (raw === undefined) throw new Error(`${server.id} does not list ${title}`);
  return { server, record: parsed(raw) };
}

/** A provider with a hand-written record; what is not given is not provided. */
export function provider(
  server: MediaServer,
  record: Partial<MovieRecord> = {},
  serverHash?: string,
): Provider<MovieRecord> {
  const complete = { images: {}, captions: [], ...record };
  return serverHash === undefined ? { server, record: complete } : { server, record: complete, serverHash };
}
