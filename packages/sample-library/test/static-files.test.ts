import { buildLibraries } from '@reelsync/sample-library';
import type { SampleServer } from '@reelsync/sample-library';
import { fixture } from './support/fixtures';
import { get, movieOf, moviesOf, parsed, showsOf, startServer, stopServers } from './support/running-servers';

afterEach(stopServers);

const start = () => startServer({ library: buildLibraries({ titles: 60, shows: 12 }).beta });

async function urlOf(
  server: SampleServer,
  title: string,
  key: 'metadata' | 'mp4' | 'posterBlurhash',
): Promise<string> {
  return `${server.baseUrl}${(await movieOf(server, title)).urls[key] ?? ''}`;
}

/** Every path of a listing entry, wherever it stands. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('/media/') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}

describe('static surface (contract §4)', () => {
  test('every path that a listing names can be read', async () => {
    const server = await start();
    const paths = [...pathsIn(await moviesOf(server)), ...pathsIn(await showsOf(server))];
    expect(paths.length).toBeGreaterThan(600);
    const missing: string[] = [];
    await Promise.all(
      paths.map(async (path) => {
        if ((await get(`${server.baseUrl}${path}`)).status !== 200) missing.push(path);
      }),
    );
    expect(missing).toEqual([]);
  });

  test('a metadata file has the recorded members', async () => {
    const server = await start();
    const { text } = await get(await urlOf(server, 'The Matrix Reloaded (2003)', 'metadata'));
    const recorded = new Set(Object.keys(fixture('static.movie.metadata-file')));
    expect(Object.keys(parsed(text)).filter((key) => !recorded.has(key))).toEqual([]);
    expect(parsed(text)).toMatchObject({
      title: 'The Matrix Reloaded',
      release_date: expect.any(String),
    });
  });

  test('a .blurhash is a PNG in base64', async () => {
    const server = await start();
    const { text } = await get(await urlOf(server, 'The Matrix Reloaded (2003)', 'posterBlurhash'));
    expect(Buffer.from(text, 'base64').subarray(1, 4).toString()).toBe('PNG');
  });

  test('HEAD, Range, impossible range and validators as nginx answers them', async () => {
    const server = await start();
    const url = await urlOf(server, 'The Matrix Reloaded (2003)', 'mp4');
    const head = await get(url, {}, 'HEAD');
    const size = Number(head.headers['content-length']);
    expect(head.headers['accept-ranges']).toBe('bytes');
    expect(head.headers.etag).toMatch(/^"[0-9a-f]+-[0-9a-f]+"$/);
    const part = await get(url, { Range: 'bytes=0-1' });
    expect([part.status, part.text.length, part.headers['content-range']]).toEqual([
      206,
      2,
      `bytes 0-1/${size}`,
    ]);
    const last = await get(url, { Range: 'bytes=-3' });
    expect(last.headers['content-range']).toBe(`bytes ${size - 3}-${size - 1}/${size}`);
    const beyond = await get(url, { Range: 'bytes=999999999-' });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${size}`]);
    const etag = head.headers.etag ?? '';
    expect((await get(url, { 'If-None-Match': etag })).status).toBe(304);
    expect((await get(url, { 'If-Modified-Since': head.headers['last-modified'] ?? '' })).status).toBe(304);
  });

  test('missing files and paths without the prefix are 404 in HTML', async () => {
    const server = await start();
    for (const path of [
      '/media/movies/None/none.mp4',
      '/movies/Empty%20Folder/x',
      '/mediamovies/x',
      '/media/movies/%E0%A4%A/x',
    ]) {
      const answer = await get(`${server.baseUrl}${path}`);
      expect([path, answer.status, answer.headers['content-type']]).toEqual([path, 404, 'text/html']);
    }
  });

  test('broken metadata is there only when asked for, and is served as 200', async () => {
    expect(buildLibraries({ titles: 60 }).alpha.movies.has('Bad Metadata')).toBe(false);
    const server = await startServer({
      library: buildLibraries({ titles: 60, withBrokenTitles: true }).alpha,
    });
    const answer = await get(await urlOf(server, 'Bad Metadata', 'metadata'));
    expect(answer.status).toBe(200);
    expect(() => parsed(answer.text)).toThrow(SyntaxError);
  });
});
