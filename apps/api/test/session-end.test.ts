import type { SyncEvent } from '@reelsync/core';

import { waitFor } from '../../../tests/support';
import { openEventStream, type EventStreamClient } from '../../../tests/support/event-stream-client';
import { EVENTS_PATH } from '../src/events/event-routes';
import { SYNC_STATUS_PATH, SYNC_STREAM_PATH } from '../src/events/website-routes';
import { signIn, startTestApp, type TestApp } from './support';

const TOKEN = 'a-token-for-session-ends';
const SESSION_MS = 12 * 3_600_000;
const EVENT: SyncEvent = {
  type: 'progress',
  entityId: 'Heat (1995)',
  mediaType: 'movie',
  serverId: 'default',
  timestamp: new Date(0),
};

let app: TestApp;
let clients: EventStreamClient[];
beforeEach(async () => {
  clients = [];
  app = await startTestApp({ API_TOKENS: `watcher:${TOKEN}` });
});
afterEach(async () => {
  for (const client of clients) client.close();
  await app.close();
});

async function open(headers: Record<string, string>, path = EVENTS_PATH): Promise<EventStreamClient> {
  const client = await openEventStream(app.url + path, headers);
  clients.push(client);
  expect(client.response.status).toBe(200);
  return client;
}

const logout = (Cookie: string) =>
  fetch(`${app.url}/logout`, { method: 'POST', redirect: 'manual', headers: { Cookie, Origin: app.url } });

/** Whether it is told what happens from now on. */
async function goesOn(client: EventStreamClient): Promise<void> {
  const before = client.messages().length;
  // Told until it arrives: the stream may have opened a moment ago and begin after the first of these.
  await waitFor(async () => {
    await app.eventLog.append([{ event: EVENT, runIds: ['a'.repeat(24)] }]);
    return client.messages().length > before;
  });
}

/** What another process learns from the cookie, which both can read. */
function sessionIdOf(cookie: string): string {
  const [, value = ''] = /reelsync=([^;]+)/.exec(cookie) ?? [];
  return (JSON.parse(Buffer.from(value, 'base64').toString()) as { id: string }).id;
}

test('a logout ends the streams of its session, and none of others', async () => {
  const [mine, other] = [await signIn(app), await signIn(app)];
  const events = await open({ Cookie: mine });
  const website = await open({ Cookie: mine }, SYNC_STREAM_PATH);
  const elsewhere = await open({ Cookie: other });
  const program = await open({ Authorization: `Bearer ${TOKEN}` });
  // A token is what it was asked with, whoever is signed in beside it.
  const both = await open({ Authorization: `Bearer ${TOKEN}`, Cookie: mine });
  await goesOn(events);

  expect((await logout(mine)).status).toBe(303);
  await Promise.all([events.ended, website.ended]);
  for (const client of [elsewhere, program, both]) await goesOn(client);
});

test('a logout at another process ends the stream here', async () => {
  const [mine, other] = [await signIn(app), await signIn(app)];
  const [events, elsewhere] = [await open({ Cookie: mine }), await open({ Cookie: other })];
  await app.endedSessions.end(sessionIdOf(mine), new Date(app.now.getTime() + SESSION_MS));
  await events.ended;
  await goesOn(elsewhere);
});

const isAsked = async (path: string, Cookie: string) =>
  (await fetch(app.url + path, { redirect: 'manual', headers: { Cookie, Accept: 'application/json' } }))
    .status === 401;

test('a cookie that was copied before the logout counts nowhere any more', async () => {
  const [mine, other] = [await signIn(app), await signIn(app)];
  expect(await isAsked(SYNC_STATUS_PATH, mine)).toBe(false);
  await logout(mine);
  for (const path of [SYNC_STATUS_PATH, '/queues', '/api/v1/runs', EVENTS_PATH])
    expect([path, await isAsked(path, mine)]).toEqual([path, true]);
  expect(await isAsked(SYNC_STATUS_PATH, other)).toBe(false);
});

test('a cookie that was signed out at another process is refused here with the next look', async () => {
  const mine = await signIn(app);
  expect(await isAsked(SYNC_STATUS_PATH, mine)).toBe(false);
  await app.endedSessions.end(sessionIdOf(mine), new Date(app.now.getTime() + SESSION_MS));
  await waitFor(() => isAsked(SYNC_STATUS_PATH, mine));
});

test('without the database nobody is locked out, but whoever signed out here', async () => {
  const [mine, other] = [await signIn(app), await signIn(app)];
  await app.loseDatabase();
  await logout(mine);
  expect(await Promise.all([mine, other].map((cookie) => isAsked(SYNC_STATUS_PATH, cookie)))).toEqual([
    true,
    false,
  ]);
  expect(app.logText()).toContain('could not look for sessions that have ended');
});

test('the end of its time ends the stream; the browser that comes back is asked to sign in', async () => {
  const mine = await signIn(app);
  app.now = new Date(app.now.getTime() + SESSION_MS / 2);
  const later = await signIn(app);
  const [events, longer] = [await open({ Cookie: mine }), await open({ Cookie: later })];
  const program = await open({ Authorization: `Bearer ${TOKEN}` });
  app.now = new Date(app.now.getTime() + SESSION_MS / 2);
  await events.ended;
  for (const client of [longer, program]) await goesOn(client);
  const again = await fetch(app.url + EVENTS_PATH, { headers: { Cookie: mine } });
  expect([again.status, await again.json()]).toMatchObject([401, { code: 'LOGIN_REQUIRED' }]);
});

test('without the database a logout still ends the streams here, and the time of the others is still kept', async () => {
  const [mine, other] = [await signIn(app), await signIn(app)];
  const [events, elsewhere] = [await open({ Cookie: mine }), await open({ Cookie: other })];
  await app.loseDatabase();
  const response = await logout(mine);
  expect([response.status, response.headers.getSetCookie().join()]).toEqual([
    303,
    expect.stringMatching(/reelsync=;/),
  ]);
  await events.ended;
  expect(app.logText()).toContain('other processes were not told of a logout');
  app.now = new Date(app.now.getTime() + SESSION_MS);
  await elsewhere.ended;
});
