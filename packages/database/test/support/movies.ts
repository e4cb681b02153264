import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  joinMediaUrl,
  parseMovieRecord,
  resolveMovie,
  DEFAULT_SERVER_TIMEOUTS,
  type MediaServer,
  type MovieDocument,
} from '@reelsync/core';

export const NOW = new Date('2026-03-01T12:00:00Z');

export function movie(originalTitle: string, fields: Partial<MovieDocument> = {}): MovieDocument {
  return { type: 'movie', title: `${originalTitle} (display)`, originalTitle, ...fields };
}

const server: MediaServer = {
  id: 'default',
  baseUrl: 'http://files.example',
  nodeUrl: 'http://node.example',
  prefix: '',
  priority: 1,
  enabled: true,
  concurrency: 4,
  timeouts: DEFAULT_SERVER_TIMEOUTS,
};

/** What our pipeline writes for every film of a recorded listing. */
export function recordedMovies(file: 'movies.json' | 'server2.movies.json'): Record<string, unknown>[] {
  const listing = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', file), 'utf8')) as Record<
    string,
    unknown
  >;
  return Object.entries(listing).flatMap(([title, raw]) => {
    const parsed = parseMovieRecord(raw);
    if (!parsed.ok) return [];
    const { set } = resolveMovie({
      title,
      providers: [{ server, record: parsed.record }],
      current: null,
      locks: undefined,
      authoritative: true,
      applied: {},
      force: false,
      toUrl: joinMediaUrl,
      now: NOW,
    });
    return [{ ...set }];
  });
}
