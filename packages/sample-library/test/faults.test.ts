import { createServer } from 'node:http';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import { buildLibraries } from '@reelsync/sample-library';
import type { BodyFault, SampleServer } from '@reelsync/sample-library';
import {
  get,
  getListing,
  startServer,
  stopServers,
  moviesOf,
  parsed,
  WEBHOOK_ID,
} from './support/running-servers';
import { until } from './support/until';

afterEach(stopServers);

const start = () => startServer({ library: buildLibraries({ titles: 60 }).alpha });
const MATRIX = '/movies/The%20Matrix%20Reloaded%20(2003)';

describe('faults', () => {
  test('a status by class, for a number of times', async () => {
    const server = await start();
    server.faults.add({ match: 'listing', status: 503, times: 2 });
    const statuses = [];
    for (let round = 0; round < 3; round += 1) statuses.push((await getListing(server, 'movies')).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect((await get(`${server.baseUrl}${MATRIX}/metadata.json`)).status).toBe(200);
  });

  test('429 says when to come back', async () => {
    const server = await start();
    server.faults.add({ match: 'metadata', status: 429, retryAfterSeconds: 7 });
    const answer = await get(`${server.baseUrl}${MATRIX}/metadata.json`);
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '7']);
  });

  test('a rule by pattern over path and query', async () => {
    const server = await start();
    const id = server.faults.add({ match: 'Matrix.*poster\\.jpg\\.blurhash', status: 404 });
    expect((await get(`${server.baseUrl}${MATRIX}/poster.jpg.blurhash`)).status).toBe(404);
    expect((await get(`${server.baseUrl}${MATRIX}/backdrop.jpg.blurhash`)).status).toBe(200);
    server.faults.remove(id);
    expect((await get(`${server.baseUrl}${MATRIX}/poster.jpg.blurhash`)).status).toBe(200);
  });

  test.each<[BodyFault, (text: string, server: SampleServer) => void]>([
    ['html', (text) => expect(text).toContain('<html>')],
    ['array', (text) => expect(parsed(text)).toEqual([])],
    ['truncated', (text) => expect(() => parsed(text)).toThrow(SyntaxError)],
    ['empty', (text) => expect(parsed(text)).toEqual({ version: 1.0001 })],
    [
      'shrunken',
      (text, server) => {
        const share = Object.keys(parsed(text)).length / server.library.movies.size;
        expect(share).toBeGreaterThan(0.3);
        expect(share).toBeLessThan(0.45);
      },
    ],
    [
      'broken-record',
      (text) => {
        const broken = Object.values(parsed(text)).filter((entry) =>
          JSON.stringify(entry).includes('"urls":"none"'),
        );
        expect(broken).toHaveLength(1);
      },
    ],
  ])('a listing with body %s, under a validator of its own', async (body, check) => {
    const server = await start();
    const etag = (await getListing(server, 'movies')).headers.etag ?? '';
    server.faults.add({ match: 'listing', body });
    const answer = await getListing(server, 'movies', { 'If-None-Match': etag });
    expect(answer.status).toBe(200);
    check(answer.text, server);
    server.faults.clear();
    expect((await getListing(server, 'movies', { 'If-None-Match': etag })).status).toBe(304);
  });

  test('metadata that is not JSON, and an HTML preview, both as 200', async () => {
    const server = await start();
    server.faults.add({ match: 'metadata', body: 'not-json' });
    server.faults.add({ match: 'blurhash', body: 'html' });
    const metadata = await get(`${server.baseUrl}${MATRIX}/metadata.json`);
    expect(metadata.status).toBe(200);
    expect(() => parsed(metadata.text)).toThrow(SyntaxError);
    const preview = await get(`${server.baseUrl}${MATRIX}/poster.jpg.blurhash`);
    expect([preview.status, preview.headers['content-type']]).toEqual([200, 'text/html']);
  });

  test('a cut connection and a hung request are counted as unanswered', async () => {
    const server = await start();
    server.faults.add({ match: 'listing', closeConnection: true, times: 1 });
    await expect(getListing(server, 'movies')).rejects.toMatchObject({ code: 'ECONNRESET' });
    server.faults.add({ match: 'metadata', hang: true });
    const giveUp = new AbortController();
    const hung = fetch(`${server.baseUrl}${MATRIX}/metadata.json`, { signal: giveUp.signal });
    await until(() => server.stats().open === 1);
    giveUp.abort();
    await expect(hung).rejects.toThrow('aborted');
    await until(() => server.stats().unanswered === 2);
  });

  test('a request that is held is answered as usual when its rule goes; one whose client has left is forgotten', async () => {
    const server = await start();
    const rule = server.faults.add({ match: 'metadata', hold: true });
    const answer = get(`${server.baseUrl}${MATRIX}/metadata.json?hash=1`);
    const giveUp = new AbortController();
    const left = fetch(`${server.baseUrl}${MATRIX}/metadata.json?hash=2`, { signal: giveUp.signal });
    await until(() => server.stats().held.length === 2);
    giveUp.abort();
    await expect(left).rejects.toThrow('aborted');
    await until(() => server.stats().held.length === 1);
    expect(server.stats().held).toEqual([`${MATRIX}/metadata.json?hash=1`]);
    server.faults.remove(rule);
    expect((await answer).status).toBe(200);
    expect(server.stats().held).toEqual([]);
  });

  test('a rate strikes about that often and repeats with the seed', async () => {
    const outcomes = async (): Promise<number[]> => {
      const server = await startServer({ library: buildLibraries({ titles: 60 }).alpha, seed: 42 });
      server.faults.add({ match: 'image', status: 500, rate: 0.3 });
      const statuses: number[] = [];
      for (let round = 0; round < 60; round += 1)
        statuses.push((await get(`${server.baseUrl}${MATRIX}/poster.jpg`)).status);
      return statuses;
    };
    const first = await outcomes();
    const failures = first.filter((status) => status === 500).length;
    expect(failures).toBeGreaterThan(6);
    expect(failures).toBeLessThan(32);
    expect(await outcomes()).toEqual(first);
  });

  test('latency delays every answer', async () => {
    const server = await start();
    server.faults.setLatency(80);
    const before = performance.now();
    await get(`${server.nodeUrl}/api/health`);
    expect(performance.now() - before).toBeGreaterThan(75);
  });

  test('down refuses connections, up takes the same port', async () => {
    const server = await start();
    await server.down();
    await expect(getListing(server, 'movies')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.up();
    expect((await getListing(server, 'movies')).status).toBe(200);
  });

  test.each([
    [{ match: 'listing' }],
    [{ match: 'listing', status: 200 }],
    [{ match: 'listing', status: 500, hang: true }],
    [{ match: 'listing', status: 500, rate: 2 }],
    [{ match: 'listing', hold: true, times: 1 }],
    [{ match: '(', status: 500 }],
  ])('the rule %j is refused', async (rule) => {
    const server = await start();
    expect(() => server.faults.add(rule)).toThrow();
  });
});

describe('statistics', () => {
  test('requests, statuses, 304s and bytes by class; concurrency; reset', async () => {
    const server = await start();
    const { headers, text } = await getListing(server, 'movies');
    await getListing(server, 'movies', { 'If-None-Match': headers.etag ?? '' });
    server.faults.setLatency(50);
    await Promise.all([1, 2, 3].map(() => get(`${server.baseUrl}${MATRIX}/poster.jpg`)));
    const stats = server.stats();
    expect(stats.classes.listing).toMatchObject({
      requests: 2,
      notModified: 1,
      bytes: Buffer.byteLength(text),
      byStatus: { 200: 1, 304: 1 },
    });
    const { requests, openMs, firstAt, lastAt } = stats.classes.image;
    expect(requests).toBe(3);
    // Three at a time, 50 ms each.
    expect(openMs).toBeGreaterThan(145);
    expect(lastAt - firstAt).toBeGreaterThan(48);
    expect(stats.maxConcurrent).toBe(3);
    server.resetStats();
    expect(server.stats()).toMatchObject({ requests: 0, bytes: 0 });
  });
});

describe('webhook (contract §7.1)', () => {
  test('posts an empty object with the webhook id', async () => {
    const server = await start();
    const received: unknown[] = [];
    const frontend = createServer((request, response) => {
      void json(request).then((body) => {
        received.push([
          request.method,
          request.url,
          request.headers['x-webhook-id'],
          request.headers['content-type'],
          body,
        ]);
        response.writeHead(202).end('{"started":true}');
      });
    }).listen(0, '127.0.0.1');
    await once(frontend, 'listening');
    const address = frontend.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    expect(await server.sendSyncWebhook(`http://127.0.0.1:${port}/`)).toBe(202);
    expect(received).toEqual([['POST', '/api/authenticated/admin/sync', WEBHOOK_ID, 'application/json', {}]]);
    frontend.close();
    frontend.closeAllConnections();
  });
});

test('a slow reader gets the library as it was when it asked', async () => {
  const server = await start();
  const response = await fetch(`${server.nodeUrl}/media/movies`, { headers: { 'X-Webhook-ID': WEBHOOK_ID } });
  server.library.removeMovie('Empty Folder');
  expect(await response.json()).toHaveProperty('Empty Folder');
  expect(await moviesOf(server)).not.toHaveProperty('Empty Folder');
});
