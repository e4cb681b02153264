import { connect } from 'node:net';

import type { SyncEvent } from '@reelsync/core';

import { waitFor } from '../../../tests/support';
import { openEventStream, type EventStreamClient } from '../../../tests/support/event-stream-client';
import { EVENTS_PATH } from '../src/events/event-routes';
import { json, signIn, startTestApp, type TestApp } from './support';

const RUN = 'a'.repeat(24);

let app: TestApp;
let cookie: string;
let clients: EventStreamClient[];
async function start(env: NodeJS.ProcessEnv = {}): Promise<void> {
  app = await startTestApp(env);
  cookie = await signIn(app);
}
beforeEach(() => {
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.close();
  await app.close();
});

async function open(query = '', headers: Record<string, string> = {}): Promise<EventStreamClient> {
  const client = await openEventStream(`${app.url}${EVENTS_PATH}${query}`, { Cookie: cookie, ...headers });
  clients.push(client);
  return client;
}

function anEvent(overrides: Partial<SyncEvent> = {}): SyncEvent {
  return {
    type: 'progress',
    entityId: 'Heat (1995)',
    mediaType: 'movie',
    serverId: 'server-all',
    timestamp: new Date(0),
    ...overrides,
  };
}

const tell = (...events: SyncEvent[]) =>
  app.eventLog.append(events.map((event) => ({ event, runIds: [RUN] })));
const many = (count: number, name = 'e') =>
  Array.from({ length: count }, (_, i) => anEvent({ entityId: `${name}${i}` }));
const names = (client: EventStreamClient) => client.messages().map(({ data }) => data['entityId']);
/** The stream is connected and begins here. */
const isLive = (client: EventStreamClient) =>
  waitFor(() => client.frames.some(({ comment }) => comment === 'heartbeat'));

describe('GET /api/v1/events', () => {
  test('needs a login; a person is not led anywhere', async () => {
    await start();
    for (const headers of [{}, { Cookie: 'reelsync=forged' }, { Accept: 'text/html' }]) {
      const response = await fetch(app.url + EVENTS_PATH, { headers, redirect: 'manual' });
      expect([response.status, await json(response)]).toMatchObject([401, { code: 'LOGIN_REQUIRED' }]);
    }
  });

  test('tells what happens from now on, as it happens, without being buffered on the way', async () => {
    await start();
    await tell(anEvent({ entityId: 'before' }));
    const client = await open();
    expect(client.response.headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8');
    expect(client.response.headers.get('X-Accel-Buffering')).toBe('no');
    expect(client.response.headers.get('Cache-Control')).toContain('no-transform');
    await isLive(client);
    await tell(anEvent({ type: 'complete', data: { outcome: 'updated' } }));
    const [message] = await waitFor(() => client.messages().length > 0 && client.messages());
    expect(message?.data).toEqual({
      id: Number(message?.id),
      type: 'complete',
      entityId: 'Heat (1995)',
      mediaType: 'movie',
      serverId: 'server-all',
      timestamp: '1970-01-01T00:00:00.000Z',
      data: { outcome: 'updated', runId: RUN, runIds: [RUN] },
    });
  });

  test.each(['header', 'query'])(
    'EV-2, B-29: resumes after the Last-Event-ID of the %s, beyond what is in memory',
    async (place) => {
      await start();
      await tell(...many(1500));
      const [first] = await app.eventLog.read(0, 1);
      const id = String((first?.id ?? 0) + 99);
      const client =
        place === 'header' ? await open('', { 'Last-Event-ID': id }) : await open(`?lastEventId=${id}`);
      await waitFor(() => client.messages().length === 1400);
      await tell(anEvent({ entityId: 'new' }));
      await waitFor(() => client.messages().length === 1401);
      expect(names(client)).toEqual([
        ...many(1500)
          .slice(100)
          .map(({ entityId }) => entityId),
        'new',
      ]);
    },
  );

  test('EV-2: a gap says that what was asked for is gone', async () => {
    await start({ EVENTS_HISTORY_SIZE: '100' });
    await tell(...many(2000));
    const client = await open('?lastEventId=5&entityId=e1999');
    const newest = await app.eventLog.newestId();
    await waitFor(() => client.lastEventId() === String(newest));
    const told = client.frames.filter(({ data }) => data !== undefined);
    expect(told.map(({ event, data }) => event ?? data?.['entityId'])).toEqual(['gap', 'e1999']);
    expect(told[0]?.data).toMatchObject({ entityId: '__gap__', data: { after: 5 } });
    // An id that nobody ever gave.
    const lost = await open(`?lastEventId=${newest + 10 ** 6}`);
    await waitFor(() => lost.frames.some(({ event }) => event === 'gap'));
    await tell(anEvent({ entityId: 'new' }));
    await waitFor(() => names(lost).includes('new'));
  });

  test('filters, and a client whose filter passes nothing still learns where it is', async () => {
    await start();
    const queries = [
      '?type=error,warning',
      '?type=error&type=warning',
      '?mediaType=season',
      `?entityId=${encodeURIComponent('Me, Myself & Irene (2000)')}`,
      '?serverId=default',
      `?runId=${RUN}&type=started`,
      `?runId=${'b'.repeat(24)}`,
    ];
    const streams = await Promise.all(queries.map((query) => open(query)));
    await Promise.all(streams.map(isLive));
    await tell(
      anEvent({ type: 'started', serverId: 'server2' }),
      anEvent({ type: 'error', serverId: 'server2' }),
      anEvent({ type: 'warning', serverId: 'default' }),
      anEvent({ mediaType: 'season', serverId: 'server2' }),
      anEvent({ entityId: 'Me, Myself & Irene (2000)' }),
    );
    const newest = String(await app.eventLog.newestId());
    await waitFor(() => streams.every((client) => client.lastEventId() === newest));
    const seen = streams.map((client) => client.messages().map(({ data }) => data['type']));
    expect(seen).toEqual([
      ['error', 'warning'],
      ['error', 'warning'],
      ['progress'],
      ['progress'],
      ['warning', 'progress'],
      ['started'],
      [],
    ]);
  });

  test.each(['?type=nonsense', '?runId=1', '?unknown=1', '?lastEventId=abc', '?entityId='])(
    'a query that means nothing is refused: %s',
    async (query) => {
      await start();
      const { response } = await open(query);
      expect(response.status).toBe(400);
    },
  );

  test('a query with an unknown type is told which there are, once', async () => {
    await start();
    const response = await fetch(`${app.url}${EVENTS_PATH}?type=bogus,nonsense`, {
      headers: { Cookie: cookie },
    });
    const { detail, ...problem } = await json(response);
    // As everywhere under /api/v1.
    expect(problem).toMatchObject({ type: 'urn:reelsync:problem:REQUEST_INVALID', status: 400 });
    expect(detail).toMatch(
      /^The query is not valid: type: Invalid option: expected one of "[^;]*"warning"[^;]*$/,
    );
    expect(detail).not.toContain('bogus');
  });

  test('100 subscribers get everything in order; one stream too many is refused', async () => {
    await start({ EVENTS_MAX_STREAMS: '100' });
    const streams = await Promise.all(Array.from({ length: 100 }, () => open()));
    const { response } = await open();
    expect([response.status, response.headers.get('Content-Type')]).toEqual([
      503,
      expect.stringContaining('json'),
    ]);
    await Promise.all(streams.map(isLive));
    await tell(...many(300));
    await waitFor(() => streams.every((client) => client.messages().length === 300), { timeoutMs: 60_000 });
    const expected = many(300).map(({ entityId }) => entityId);
    for (const client of streams) expect(names(client)).toEqual(expected);
    streams[0]?.close();
    await waitFor(async () => {
      const again = await open();
      return again.response.status === 200;
    });
  }, 120_000);

  test('a client that does not read is dropped, and holds no memory until then', async () => {
    await start();
    const filler = 'x'.repeat(4000);
    for (let i = 0; i < 10; i += 1) await tell(...many(500).map((event) => ({ ...event, data: { filler } })));
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write(`GET ${EVENTS_PATH}?lastEventId=1 HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n\r\n`);
    socket.pause();
    // 20 MB are more than the kernel takes: the server notices that nobody reads.
    await waitFor(() =>
      app.log().some(({ msg }) => msg === 'an event stream was dropped: its client does not read'),
    );
    socket.resume();
    let bytes = 0;
    socket.on('data', (chunk) => (bytes += chunk.length));
    await closed;
    expect(bytes).toBeLessThan(20_000_000);
  });

  test('ends with the process, which does not wait for its clients', async () => {
    await start();
    const client = await open();
    app.streams.close();
    await client.ended;
    const { response } = await open();
    expect(response.status).toBe(503);
  });
});
