import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { buildLibraries, expectedMovies } from '@reelsync/sample-library';
import { waitFor } from '../../../tests/support';
import { getListing, parsed, startServer, stopServers } from './support/running-servers';

afterEach(stopServers);

test('equal options give equal libraries, another seed gives others', () => {
  const titles = (seed: number): string[] => [...buildLibraries({ titles: 500, seed }).alpha.movies.titles()];
  expect(titles(1)).toEqual(titles(1));
  expect(titles(2)).not.toEqual(titles(1));
});

test('the libraries overlap as promised', () => {
  const { alpha, beta } = buildLibraries({ titles: 5000 });
  const shared = [...alpha.movies.titles()].filter((title) => beta.movies.has(title)).length;
  expect(alpha.movies.size + beta.movies.size - shared).toBe(5000);
  expect(shared).toBeGreaterThan(1900);
  expect(shared).toBeLessThan(2100);
});

test('100,000 titles are planned, 100,001 refused', () => {
  const { alpha, beta } = buildLibraries({ titles: 100_000 });
  const shared = [...alpha.movies.titles()].filter((title) => beta.movies.has(title)).length;
  expect(alpha.movies.size + beta.movies.size - shared).toBe(100_000);
  expect(() => buildLibraries({ titles: 100_001 })).toThrow(RangeError);
});

test('20,000 titles: one listing of 28 MB, and the next one after a change, cost little', async () => {
  const before = arrayBuffersAfterCollection();
  const { alpha, beta } = buildLibraries({ titles: 20_000 });
  const server = await startServer({ library: alpha });
  const [first, firstMs] = await timed(() => getListing(server, 'movies'));
  expect(Object.keys(parsed(first.text))).toHaveLength(alpha.movies.size);
  alpha.replacePoster('The Matrix Reloaded (2003)');
  const validator = { 'If-None-Match': first.headers.etag ?? '' };
  const [second, secondMs] = await timed(() => getListing(server, 'movies', validator));
  expect(second.status).toBe(200);
  // Only the changed segment is rendered anew; the rest of the time is the download.
  expect(secondMs).toBeLessThan(firstMs);
  await waitFor(() => arrayBuffersAfterCollection() - before < 250_000_000, {
    message: 'the listings that were sent are no longer held',
  });

  const servers = [
    { id: 'a', priority: 1, baseUrl: server.baseUrl, prefix: '', library: alpha },
    { id: 'b', priority: 2, baseUrl: 'http://b', prefix: '/media', library: beta },
  ];
  const expected = expectedMovies(servers);
  expect(expected.size).toBe(19_999);
});

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const startedAt = performance.now();
  const value = await work();
  return [value, performance.now() - startedAt];
}

/** Bytes of this process, in which other test files may have left some. What is kept counts, not what waits for the collector; sockets let go of their last buffers a little later. */
function arrayBuffersAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  return process.memoryUsage().arrayBuffers;
}
