import { gzipSync } from 'node:zlib';
import { parseMovieRecord, ReelsyncError, type MovieRecord } from '@reelsync/core';
import {
  FileServerAdapter,
  listingItems,
  UrlBuilder,
  type ListingItem,
  type ListingMembers,
} from '@reelsync/file-server';
import { waitFor } from '../../../tests/support';
import { acceptedEncoding } from '../src/http/body';
import {
  changed,
  closeAll,
  collect,
  fixture,
  mediaServer,
  parseAnyObject,
  rejection,
  SECRET,
  start,
  timeouts,
} from './support/harness';
import { hang, inTurn, reply, type Handler } from './support/test-server';

const ETAG = 'W/"3a0e-Hbp9RtWaVBIuieLsiLGfc8IidSg"';
const listing = fixture('movies.json');

/** A library that does not fit into any socket buffer. */
const LARGE = JSON.stringify(
  Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`Film ${n}`, { text: 'x'.repeat(4_000) }])),
);

afterEach(closeAll);

describe('fetchListing', () => {
  it('reads a recorded listing, title by title', async () => {
    const { adapter, http } = await start(reply(200, listing, { etag: ETAG }));
    const response = changed(await adapter.fetchListing('movies'));
    const items = await collect(response);
    const expected = Object.keys(JSON.parse(listing) as object).filter((title) => title !== 'version');
    expect(items.map((item) => item.title)).toEqual(expected);
    expect(items.every((item) => item.ok)).toBe(true);
    expect(response.etag).toBe(ETAG);
    expect(response.bytesRead()).toBe(Buffer.byteLength(listing));
    const [{ method, url, headers }] = http.requests as [(typeof http.requests)[0]];
    expect([method, url]).toEqual(['GET', '/node/media/movies']);
    expect(headers['x-webhook-id']).toBe(SECRET);
    expect(headers['accept-encoding']).toBe('identity');
    expect(headers).not.toHaveProperty('cache-control');
    expect(headers).not.toHaveProperty('if-none-match');
  });

  it.each([
    ['http://127.0.0.1:3000/media/movies', 'identity'],
    ['http://LOCALHOST/media/movies', 'identity'],
    ['http://[::1]:80/', 'identity'],
    ['http://127.0.0.1.example.org/', 'gzip'],
    ['http://localhost.example.org/', 'gzip'],
    ['http://127.0.0.1@example.org/', 'gzip'],
    ['http://192.168.1.2/localhost/', 'gzip'],
    ['https://files.example.org/http://localhost/', 'gzip'],
  ])('%s is asked for %s: nothing is compressed for a reader on the same machine', (url, encoding) => {
    expect(acceptedEncoding(url)).toEqual({ 'accept-encoding': encoding });
  });

  it('asks conditionally, and knows an unchanged listing by its 304 (contract §3.1)', async () => {
    const { adapter, http } = await start(reply(304, '', { etag: ETAG }));
    const response = await adapter.fetchListing('tv', { etag: ETAG });
    expect(response.status).toBe('not-modified');
    expect(response.bytesRead()).toBe(0);
    expect(http.requests[0]).toMatchObject({ url: '/node/media/tv', headers: { 'if-none-match': ETAG } });
    expect(http.requests[0]?.headers).not.toHaveProperty('cache-control');
  });

  it('reads a gzip listing, and counts bytes after decompression', async () => {
    const { adapter } = await start(reply(200, gzipSync(LARGE), { 'content-encoding': 'gzip' }));
    const response = changed(await adapter.fetchListing('movies'));
    expect(await collect(response)).toHaveLength(2_000);
    expect(response.bytesRead()).toBe(LARGE.length);
    expect(response).not.toHaveProperty('etag');
  });

  it('reports one broken record with its reason, and all the others', async () => {
    const { adapter } = await start(reply(200, '{"A":{"urls":{}},"B":{"urls":7},"C":{"u:},"D":{"urls":{}}}'));
    const response = changed(await adapter.fetchListing('movies'));
    const items: ListingItem<MovieRecord>[] = [];
    const error = await rejection(
      (async () => {
        for await (const item of listingItems(response.members, parseMovieRecord)) items.push(item);
      })(),
    );
    expect(items).toMatchObject([
      { title: 'A', ok: true },
      { title: 'B', ok: false, problem: expect.stringContaining('urls') },
    ]);
    // The string that was never closed swallows the rest: not a broken record but a broken document.
    expect(error).toMatchObject({ code: 'LISTING_TRUNCATED' });
    const { adapter: second } = await start(
      reply(200, '{"A":{"urls":{}},"B":{"x":},"version":1,"D":{"urls":{}}}'),
    );
    const rest = await collect(changed(await second.fetchListing('movies')), parseMovieRecord);
    expect(rest).toMatchObject([
      { title: 'A', ok: true },
      { title: 'B', ok: false, problem: expect.stringContaining('not valid JSON') },
      { title: 'D', ok: true },
    ]);
  });

  it.each([
    ['an HTML page', '<html>maintenance</html>', 'LISTING_INVALID', 'HTML'],
    ['an array', '[]', 'LISTING_INVALID', 'array'],
    ['nothing', '', 'LISTING_INVALID', 'empty'],
    ['half a document', listing.slice(0, 5_000), 'LISTING_TRUNCATED', '5000'],
  ])('refuses %s', async (_name, body, code, words) => {
    const { adapter } = await start(reply(200, Buffer.from(body).subarray(0, 5_000)));
    const response = changed(await adapter.fetchListing('movies'));
    const error = await rejection(collect(response));
    expect(error).toMatchObject({ code, context: { serverId: 'default' } });
    expect((error as Error).message).toMatch(/^Movie listing on server 'default' is not a JSON object/);
    expect((error as Error).message).toContain(words);
  });

  it.each<[string, Handler, string]>([
    ['a closed connection', breakOff({ 'content-length': 1_000_000 }), 'LISTING_TRUNCATED'],
    ['a closed connection in chunks', breakOff({}), 'LISTING_TRUNCATED'],
    [
      'a cut gzip stream',
      reply(200, gzipSync(LARGE).subarray(0, 5_000), { 'content-encoding': 'gzip' }),
      'LISTING_TRUNCATED',
    ],
    ['no gzip at all', reply(200, '{"a":{}}', { 'content-encoding': 'gzip' }), 'LISTING_INVALID'],
  ])('tells %s from a complete listing', async (_name, handler, code) => {
    const { adapter } = await start(handler);
    const response = changed(await adapter.fetchListing('movies'));
    expect(await rejection(collect(response))).toMatchObject({ code });
  });

  it('gives up on a body that falls silent, but not on a slow consumer', async () => {
    const half: Handler = (_request, response) => {
      response.write('{"a":{},');
    };
    const { adapter } = await start(half, { timeouts: timeouts(300) });
    const stalled = changed(await adapter.fetchListing('movies'));
    const error = await rejection(collect(stalled));
    expect(error).toMatchObject({ code: 'SERVER_TIMEOUT' });
    expect((error as Error).message).toContain('sent nothing for 300 ms');

    const { adapter: second } = await start(reply(200, LARGE), { timeouts: timeouts(300) });
    const response = changed(await second.fetchListing('movies'));
    let titles = 0;
    for await (const item of listingItems(response.members, parseAnyObject)) {
      // Longer than the deadline, between two chunks.
      if (titles === 100) await new Promise((resolve) => setTimeout(resolve, 450));
      titles += item.ok ? 1 : 0;
    }
    expect(titles).toBe(2_000);
  });

  it.each([
    [401, {}, 'SERVER_UNAUTHORIZED', 1],
    [403, {}, 'SERVER_UNAUTHORIZED', 1],
    [404, {}, 'LISTING_NOT_FOUND', 1],
    [418, {}, 'SERVER_REJECTED', 1],
    [304, {}, 'SERVER_REJECTED', 1],
    [301, { location: 'http://u:p@other.test/x' }, 'SERVER_REJECTED', 1],
    [429, {}, 'SERVER_THROTTLED', 1],
    [500, {}, 'SERVER_ERROR', 3],
    [408, {}, 'SERVER_ERROR', 3],
    [503, {}, 'SERVER_ERROR', 3],
  ])('B-37: status %p is classified by itself', async (status, headers, code, requests) => {
    const { adapter, http } = await start(reply(status, fixture('error.movies.no-auth.json'), headers));
    const error = await rejection(adapter.fetchListing('movies'));
    expect(error).toMatchObject({ code, context: { statusCode: status } });
    expect(http.requests).toHaveLength(requests);
    expect(JSON.stringify(error) + String(error)).not.toMatch(/sekrit|u:p/);
  });

  it('asks nothing without a webhook id', async () => {
    const { http } = await start(reply(200, '{}'));
    const { webhookId, ...server } = mediaServer({ nodeUrl: http.url });
    expect(webhookId).toBeDefined();
    const adapter = new FileServerAdapter({ server, urls: new UrlBuilder() });
    const error = await rejection(adapter.fetchListing('movies'));
    await adapter.close();
    expect(error).toMatchObject({ code: 'SERVER_UNAUTHORIZED', category: 'configuration' });
    expect(http.requests).toHaveLength(0);
  });

  it('concurrency 1: files can be read between two titles, and a second listing too', async () => {
    const { adapter, http } = await start(
      (request, response) => {
        response.end(request.url?.startsWith('/node') === true ? LARGE : '{"id":1}');
      },
      { concurrency: 1 },
    );
    const first = changed(await adapter.fetchListing('movies'));
    const second = changed(await adapter.fetchListing('tv'));
    const outcomes: string[] = [];
    let read = 0;
    for await (const item of listingItems(first.members, parseAnyObject)) {
      if (read % 500 === 0) {
        await second.members.next();
        const url = `${http.url}/movies/${read}.json`;
        outcomes.push((await adapter.fetchFile('metadata', url, { title: item.title })).status);
      }
      read += 1;
    }
    await second.members.return();
    expect(read).toBe(2_000);
    expect(outcomes).toEqual(['fresh', 'fresh', 'fresh', 'fresh']);
    expect(adapter.stats()).toMatchObject({ active: 0, pending: 0 });
  });

  it.each<[string, (members: ListingMembers) => Promise<unknown>]>([
    ['is never read', async (members) => members.return()],
    [
      'is left in the middle',
      async (members) => {
        for await (const item of listingItems(members, parseAnyObject)) return item;
        return undefined;
      },
    ],
  ])('frees the connection of a listing that %s', async (_name, use) => {
    const { adapter, http } = await start(reply(200, LARGE));
    const { members } = changed(await adapter.fetchListing('movies'));
    await use(members);
    await waitFor(async () => (await http.connections()) === 0, { message: 'the connection is closed' });
    await expect(members.next()).resolves.toMatchObject({ done: true });
  });

  it('ends with the reason of the signal, before the headers and in the middle of the body', async () => {
    const reason = new Error('the worker stops');
    const { adapter } = await start(
      inTurn(hang, (_request, response) => {
        response.write('{"a":{},');
      }),
    );
    const early = new AbortController();
    const waiting = rejection(adapter.fetchListing('movies', { signal: early.signal }));
    await waitFor(() => adapter.stats().active === 1, { message: 'the request is under way' });
    early.abort(reason);
    expect(await waiting).toBe(reason);

    const late = new AbortController();
    const { members } = changed(await adapter.fetchListing('movies', { signal: late.signal }));
    await expect(members.next()).resolves.toMatchObject({ value: { name: Buffer.from('"a"') } });
    const next = rejection(members.next());
    late.abort(reason);
    expect(await next).toBe(reason);
  });

  it('close() ends a listing under way as a shutdown', async () => {
    const { adapter } = await start((_request, response) => {
      response.write('{"a":{},');
    });
    const { members } = changed(await adapter.fetchListing('movies'));
    await members.next();
    const next = rejection(members.next());
    await adapter.close();
    const error = await next;
    expect(error).toBeInstanceOf(ReelsyncError);
    expect(error).toMatchObject({ code: 'JOB_CANCELLED', category: 'shutdown' });
  });
});

/** Sends the start of a listing and then resets the connection. */
function breakOff(headers: Record<string, number>): Handler {
  return (_request, response) => {
    response.writeHead(200, headers);
    response.write('{"a":{},"b":{', () => setImmediate(() => response.destroy()));
  };
}
