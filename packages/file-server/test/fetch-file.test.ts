import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { encodeTitleSegment } from '@reelsync/core';
import { waitFor } from '../../../tests/support';
import { closeAll, fixture, rejection, start, timeouts } from './support/harness';
import { hang, inTurn, reply, type Handler } from './support/test-server';

const METADATA = fixture('static.movie.metadata-file.json');
const PREVIEW = 'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAGCAIAAABxZ0isAAAACXBIWXMAAAPoAAAD6AG1e1JrAAA=';

afterEach(closeAll);

describe('fetchFile: metadata', () => {
  it.each([
    ['plain', METADATA, {}],
    ['gzip', gzipSync(METADATA), { 'content-encoding': 'gzip' }],
    ['with a byte order mark', `\uFEFF${METADATA}`, {}],
    ['with a content type that does not fit', METADATA, { 'content-type': 'text/html' }],
  ])('reads a recorded file, %s', async (_name, body, headers) => {
    const { adapter, http } = await start(reply(200, body, headers));
    const url = `${http.url}/movies/Up/metadata.json?hash=b481`;
    const outcome = await adapter.fetchFile('metadata', url, { title: 'Up' });
    expect(outcome).toEqual({ status: 'fresh', content: JSON.parse(METADATA) });
    expect(http.requests[0]?.url).toBe('/movies/Up/metadata.json?hash=b481');
  });

  it.each([
    ['is not JSON', '{ "title": "Bad Metadata", '],
    ['is not JSON', '<html>not found</html>'],
    ['is not JSON', ''],
    ['is not usable', '[1]'],
    ['is not usable', 'null'],
    ['is not usable', '{}'],
    ['is not usable', '{"error":"Not found"}'],
    ['is not valid UTF-8', Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d])],
  ])('ST-3, B-19: fails when it %s: %p', async (what, body) => {
    const { adapter, http } = await start(reply(200, body, { etag: '"1"' }));
    const url = `${http.url}/movies/Bad%20Metadata/metadata.json?hash=1`;
    const outcome = await adapter.fetchFile('metadata', url, { title: 'Bad Metadata' });
    expect(outcome).toMatchObject({
      status: 'failed',
      error: {
        code: 'METADATA_INVALID',
        message: expect.stringContaining(`Metadata of 'Bad Metadata' on server 'default' ${what}`),
        context: { serverId: 'default', title: 'Bad Metadata', url },
      },
    });
    expect(http.requests).toHaveLength(1);
  });

  it.each([404, 410])('ST-1: %p is missing, not failed, and is asked once', async (status) => {
    const { adapter, http } = await start(reply(status, '<html>gone</html>'));
    const outcome = await adapter.fetchFile('metadata', `${http.url}/a.json`, { title: 'A' });
    expect(outcome).toEqual({ status: 'missing' });
    expect(http.requests).toHaveLength(1);
    expect(adapter.stats()).toMatchObject({ total: 1, failed: 0, breaker: 'closed' });
  });

  it.each([
    [401, 'SERVER_UNAUTHORIZED', 1],
    [429, 'SERVER_THROTTLED', 1],
    [500, 'SERVER_ERROR', 3],
    [416, 'SERVER_REJECTED', 1],
    [304, 'SERVER_REJECTED', 1],
  ])('ST-1: %p is failed', async (status, code, requests) => {
    const { adapter, http } = await start(reply(status));
    const outcome = await adapter.fetchFile('metadata', `${http.url}/a.json`, { title: 'A' });
    expect(outcome).toMatchObject({ status: 'failed', error: { code, context: { title: 'A' } } });
    expect(http.requests).toHaveLength(requests);
  });

  // The bodies of files are all that is cached here, and nothing deletes documents: this is where B-18 applies.
  it('B-18: of a file that is gone nothing is kept: when it is back it is read anew, not taken from the cache', async () => {
    const answers = [
      reply(200, '{"id":1}', { etag: '"1"' }),
      reply(404),
      reply(200, '{"id":2}', { etag: '"1"' }),
    ];
    const { adapter, http } = await start(inTurn(...answers));
    const read = () =>
      adapter.fetchFile('metadata', `${http.url}/tv/Up/metadata.json?hash=1`, { title: 'Up' });
    expect(await read()).toEqual({ status: 'fresh', content: { id: 1 } });
    expect(await read()).toEqual({ status: 'missing' });
    expect(await read()).toEqual({ status: 'fresh', content: { id: 2 } });
    expect(http.requests[2]?.headers).not.toHaveProperty('if-none-match');
  });

  it('ST-1, B-36: a file that was read before is revalidated, and the 304 needs no body', async () => {
    const { adapter, http } = await start(
      inTurn(
        reply(200, METADATA, { etag: '"abc"' }),
        reply(304),
        reply(200, '{"id":2}', { etag: '"def"' }),
        reply(304),
      ),
    );
    const url = `${http.url}/movies/Up/metadata.json?hash=1`;
    const outcomes = [];
    for (let turn = 0; turn < 4; turn += 1) {
      outcomes.push(await adapter.fetchFile('metadata', url, { title: 'Up' }));
    }
    expect(outcomes.map(({ status }) => status)).toEqual(['fresh', 'revalidated', 'fresh', 'revalidated']);
    expect(outcomes[1]).toEqual({ status: 'revalidated', content: JSON.parse(METADATA) });
    expect(outcomes[3]).toEqual({ status: 'revalidated', content: { id: 2 } });
    expect(http.requests.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      '"abc"',
      '"abc"',
      '"def"',
    ]);
  });

  it('ST-2: another token is another file', async () => {
    const { adapter, http } = await start(
      reply(200, METADATA, { 'last-modified': 'Wed, 01 Jan 2025 00:00:00 GMT' }),
    );
    await adapter.fetchFile('metadata', `${http.url}/m.json?hash=1`, { title: 'A' });
    await adapter.fetchFile('metadata', `${http.url}/m.json?hash=2`, { title: 'A' });
    await adapter.fetchFile('metadata', `${http.url}/m.json?hash=2`, { title: 'A' });
    expect(http.requests.map(({ headers }) => headers['if-modified-since'] !== undefined)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it.each([
    ['announced', reply(200, 'x'.repeat(3_000))],
    ['in chunks', chunks('x'.repeat(3_000))],
    ['gzip', reply(200, gzipSync('x'.repeat(3_000)), { 'content-encoding': 'gzip' })],
  ])('stops at the size limit: %s', async (_name, handler) => {
    const { adapter, http } = await start(handler, {}, { limits: { metadataBytes: 2_000 } });
    const outcome = await adapter.fetchFile('metadata', `${http.url}/a.json`, { title: 'Huge' });
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'RESPONSE_TOO_LARGE' } });
    expect(http.requests).toHaveLength(1);
    expect(adapter.stats()).toMatchObject({ breaker: 'closed', active: 0 });
  });

  it.each([
    '100% Wolf',
    'Fast & Furious #1 - Test',
    `"Quotes' & <Co>"`,
    '千と千尋の神隠し',
    'Ame\u0301lie',
    'Amélie',
    '__proto__',
    'version',
    '50%25',
    'a?b=c;d',
    '..%2f',
  ])('asks for exactly the encoded title %p', async (title) => {
    const { adapter, http } = await start(reply(200, '{"id":1}'));
    const path = `/movies/${encodeTitleSegment(title)}/metadata.json?hash=0a`;
    const outcome = await adapter.fetchFile('metadata', http.url + path, { title });
    expect(outcome.status).toBe('fresh');
    expect(http.requests[0]?.url).toBe(path);
    expect(decodeURIComponent(http.requests[0]!.url.split('/')[2]!)).toBe(title);
  });

  it.each(['not a url', '/movies/a.json', 'ftp://files.test/a', 'http://', 'http://files.test/a b'])(
    'fails clearly for the URL %p',
    async (url) => {
      const { adapter } = await start(reply(200));
      const outcome = await adapter.fetchFile('metadata', url, { title: 'A' });
      expect(outcome).toMatchObject({ status: 'failed', error: { code: 'SERVER_REJECTED' } });
    },
  );

  it('sends the user and password of a URL, and shows them nowhere', async () => {
    const { adapter, http } = await start(reply(401));
    const url = `${http.url.replace('http://', 'http://user:pa%24s@')}/a.json`;
    const outcome = await adapter.fetchFile('metadata', url, { title: 'A' });
    expect(http.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('user:pa$s').toString('base64')}`,
    );
    expect(outcome).toMatchObject({ status: 'failed', error: { context: { url: `${http.url}/a.json` } } });
    expect(JSON.stringify(outcome)).not.toContain('pa%24s');
  });
});

describe('fetchFile: previews', () => {
  it('reads a preview and trims it', async () => {
    const { adapter, http } = await start(
      reply(200, `${PREVIEW}\n`, { 'content-type': 'application/octet-stream' }),
    );
    const outcome = await adapter.fetchFile('blurhash', `${http.url}/p.jpg.blurhash`, { title: 'Up' });
    expect(outcome).toEqual({ status: 'fresh', content: PREVIEW });
  });

  it.each(['<html><body>404</body></html>', '{"error":"Not found"}', '', 'abc'])(
    'ST-3, B-19: %p with status 200 is no preview',
    async (body) => {
      const { adapter, http } = await start(reply(200, body));
      const outcome = await adapter.fetchFile('blurhash', `${http.url}/p.jpg.blurhash`, { title: 'Up' });
      expect(outcome).toMatchObject({ status: 'failed', error: { code: 'BLURHASH_INVALID' } });
    },
  );
});

describe('fetchFile: the way to the server', () => {
  it('an unreachable server is a failure with a name', async () => {
    const { adapter, http } = await start(reply(200));
    await http.close();
    const outcome = await adapter.fetchFile('metadata', `${http.url}/a.json`, { title: 'A' });
    expect(outcome).toMatchObject({
      status: 'failed',
      error: { code: 'SERVER_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') },
    });
    expect(adapter.stats()).toMatchObject({ total: 3, retried: 2, failed: 3 });
  });

  it.each<[string, Handler]>([
    ['a server that hangs', hang],
    ['a body that never ends', (_request, response) => void response.write('{')],
    ['a body that drips', drip],
  ])('%s is a timeout, within seconds', async (_name, handler) => {
    const { adapter, http } = await start(handler, { timeouts: timeouts(200) });
    const startedAt = performance.now();
    const outcome = await adapter.fetchFile('metadata', `${http.url}/a.json`, { title: 'Slow' });
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'SERVER_TIMEOUT' } });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(http.requests.length).toBeGreaterThanOrEqual(2);
    await waitFor(() => adapter.stats().active === 0, { message: 'its place is free again' });
  });

  it('a connection that breaks off is retried', async () => {
    const broken: Handler = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{', () => response.destroy());
    };
    const { adapter, http, stats } = await start(inTurn(broken, reply(500), reply(200, METADATA)));
    const outcome = await adapter.fetchFile('metadata', `${http.url}/a.json`, { title: 'A' });
    expect(outcome.status).toBe('fresh');
    expect(stats).toMatchObject([
      {
        attempt: 0,
        statusCode: 200,
        error: 'SERVER_UNREACHABLE',
        kind: 'metadata',
        serverId: 'default',
      },
      { attempt: 1, statusCode: 500, error: 'SERVER_ERROR' },
      { attempt: 2, statusCode: 200 },
    ]);
    expect(stats[2]).not.toHaveProperty('error');
  });

  it('throws the reason of the signal, and only then', async () => {
    const { adapter, http } = await start(hang);
    const reason = new Error('job cancelled');
    const stop = new AbortController();
    const waiting = rejection(
      adapter.fetchFile('metadata', `${http.url}/a.json`, { title: 'A', signal: stop.signal }),
    );
    await waitFor(() => http.requests.length === 1, { message: 'the request has arrived' });
    stop.abort(reason);
    expect(await waiting).toBe(reason);
    expect(
      await rejection(
        adapter.fetchFile('blurhash', `${http.url}/a`, { title: 'A', signal: AbortSignal.abort(reason) }),
      ),
    ).toBe(reason);
    expect(http.requests).toHaveLength(1);
    expect(adapter.stats().breaker).toBe('closed');
  });
});

function chunks(body: string): Handler {
  return (_request, response) => {
    response.write(body.slice(0, 1_500));
    response.end(body.slice(1_500));
  };
}

/** One byte every few milliseconds: no silence is long enough for an idle timeout. */
function drip(_request: unknown, response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 5);
  response.on('close', () => clearInterval(timer));
}
