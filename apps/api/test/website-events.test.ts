import type { SyncEvent } from '@reelsync/core';
import type { Run } from '@reelsync/database';

import { waitFor } from '../../../tests/support';
import { openEventStream, type EventStreamClient } from '../../../tests/support/event-stream-client';
import { SYNC_STATUS_PATH, SYNC_STREAM_PATH } from '../src/events/website-routes';
import { json, signIn, startTestApp, type TestApp } from './support';

const [RUN, OTHER] = ['a'.repeat(24), 'b'.repeat(24)];

let app: TestApp;
let cookie: string;
let clients: EventStreamClient[];
beforeEach(async () => {
  clients = [];
  app = await startTestApp();
  cookie = await signIn(app);
});
afterEach(async () => {
  for (const client of clients) client.close();
  await app.close();
});

async function open(lastEventId?: string): Promise<EventStreamClient> {
  const client = await openEventStream(app.url + SYNC_STREAM_PATH, {
    Cookie: cookie,
    ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
  });
  clients.push(client);
  return client;
}

async function status(): Promise<Record<string, unknown>> {
  return json(await fetch(app.url + SYNC_STATUS_PATH, { headers: { Cookie: cookie } }));
}

const NONE = { planned: 0, created: 0, updated: 0, unchanged: 0, skipped: 0, failed: 0, merged: 0 };

/** A run as the database knows it; the newest comes first there. */
function aRun(id: string, overrides: Partial<Run> = {}): Run {
  return {
    id,
    trigger: 'admin',
    scope: { kind: 'servers', serverIds: ['default'], full: false, force: true },
    status: 'running',
    startedAt: app.now,
    planningDone: false,
    counts: NONE,
    countsByKind: { movie: NONE, show: NONE, season: NONE, episodes: NONE },
    servers: [],
    ...overrides,
  };
}
const begin = (id: string, overrides?: Partial<Run>): void => void app.runs.unshift(aRun(id, overrides));
function change(id: string, overrides: Partial<Run>): void {
  const index = app.runs.findIndex((run) => run.id === id);
  app.runs[index] = { ...aRun(id), ...app.runs[index], ...overrides };
}
const counts = (planned: number, failed = 0, ended = planned) => ({
  planned,
  created: ended - failed,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  failed,
  merged: 0,
});

const anEvent = (type: SyncEvent['type'], entityId: string, serverId: string): SyncEvent => ({
  type,
  entityId,
  mediaType: 'movie',
  serverId,
  timestamp: new Date(0),
});

/** What jobs tell. */
function unit(
  type: SyncEvent['type'],
  entityId: string,
  runIds = [RUN],
  mediaType: SyncEvent['mediaType'] = 'movie',
) {
  const event: SyncEvent = {
    type,
    entityId,
    mediaType,
    serverId: 'server-all',
    timestamp: new Date(0),
    ...(type === 'error' ? { error: 'METADATA_INVALID: no JSON' } : { data: { outcome: 'created' } }),
  };
  const isEnd = type === 'error' || type === 'complete';
  return app.eventLog.append([
    { event, runIds, ...(isEnd ? { claim: { kind: 'unit', name: `${mediaType}/${entityId}` } } : {}) },
  ]);
}

const told = (client: EventStreamClient) =>
  client.messages().map(({ data }) => `${String(data['entityId'])} ${String(data['type'])}`);
const totals = (client: EventStreamClient) => client.messages().at(-1)?.data['totals'];
const ended = (client: EventStreamClient) =>
  waitFor(() => told(client).includes('__sync_complete__ complete'), {
    message: () => told(client).join(', '),
  });

/** What a server's scan found, but for the server and how it went. */
const readings = (titles: number, changed: number) => ({
  titles,
  changed,
  vanished: 0,
  problems: [],
  problemCount: 0,
  bytes: 1,
  durationMs: 1,
});

test('both need a login', async () => {
  for (const path of [SYNC_STREAM_PATH, SYNC_STATUS_PATH]) {
    const response = await fetch(app.url + path, { redirect: 'manual' });
    expect([response.status, await json(response)]).toMatchObject([401, { code: 'LOGIN_REQUIRED' }]);
  }
});

test('B-28, EV-1: the stream replays the run from its warm-up, reaches 100 % with episodes, and ends after its end', async () => {
  begin(RUN);
  await unit('complete', 'before', []);
  const early = await open();
  await waitFor(() => told(early).length === 2);
  expect(told(early)).toEqual(['__sync_warmup__ started', '__server_start__ started']);
  change(RUN, { planningDone: true, counts: counts(3, 1) });
  await waitFor(() => told(early).includes('__sync_planned__ progress'));
  await unit('started', 'Fargo', [RUN], 'tvshow');
  await unit('complete', 'Fargo', [RUN], 'tvshow');
  await unit('complete', 'Fargo S1', [RUN], 'episode');
  await waitFor(() => told(early).includes('Fargo S1 complete'));
  const late = await open();
  await waitFor(() => told(late).length === told(early).length);
  expect(late.messages().map(({ data: { replayed } }) => replayed)).toEqual(late.messages().map(() => true));
  expect(totals(late)).toEqual({ processed: 2, errors: 0, total: 3 });
  await unit('error', 'Heat (1995)');
  change(RUN, { status: 'done', finishedAt: app.now });
  await Promise.all([early.ended, late.ended]);
  expect(told(early)).toEqual(told(late));
  expect(told(early).slice(-2)).toEqual(['__server_complete__ complete', '__sync_complete__ complete']);
  const last = late.messages().at(-1)?.data;
  expect(last?.['totals']).toEqual({ processed: 3, errors: 1, total: 3 });
  expect(last?.['data']).toMatchObject({ summary: counts(3, 1), link: `/api/v1/runs/${RUN}` });
  expect(told(late).slice(0, -1)).not.toContain('__sync_complete__ complete');
});

test('B-28: a run that failed, or that nobody told the end of, ends the stream; opened afterwards it ends at once', async () => {
  begin(RUN);
  const client = await open();
  await waitFor(() => told(client).length > 0);
  change(RUN, {
    status: 'failed',
    finishedAt: app.now,
    error: { code: 'QUEUE_UNAVAILABLE', message: 'gone' },
  });
  await client.ended;
  const end = client.messages().at(-1)?.data;
  expect(end).toMatchObject({ entityId: '__sync_complete__', type: 'complete', data: { status: 'failed' } });
  const after = await open();
  await after.ended;
  // The page ignores what is replayed, and would wait for ever.
  expect(after.messages().at(-1)?.data).not.toHaveProperty('replayed');
  expect(told(after)).toEqual(told(client));
});

test('B-28: a request that was merged into running work has its own end; that of another run does not end the stream', async () => {
  begin(OTHER, { planningDone: true, counts: counts(2) });
  begin(RUN, { planningDone: true, counts: counts(1) });
  const client = await open();
  await unit('complete', 'of the other only', [OTHER]);
  await unit('complete', 'of both', [OTHER, RUN]);
  change(OTHER, { status: 'done', finishedAt: app.now });
  await waitFor(async () => (await app.eventLog.idOfFact(OTHER, 'ended')) !== undefined);
  change(RUN, { status: 'done', finishedAt: app.now });
  await ended(client);
  await client.ended;
  expect(told(client).filter((text) => text.startsWith('of'))).toEqual(['of both complete']);
  expect(told(client).filter((text) => text.startsWith('__sync_complete__'))).toHaveLength(1);
  expect(totals(client)).toEqual({ processed: 1, errors: 0, total: 1 });
});

test('B-29: a page that resumes gets exactly what it has not seen, with the totals of the whole run', async () => {
  begin(RUN, { planningDone: true, counts: counts(40) });
  const first = await open();
  for (let i = 0; i < 20; i += 1) await unit('complete', `m${i}`);
  await waitFor(() => told(first).includes('m19 complete'));
  first.close();
  for (let i = 20; i < 40; i += 1) await unit('complete', `m${i}`);
  const cut = first.messages()[8];
  const second = await open(cut?.id);
  change(RUN, { status: 'done', finishedAt: app.now });
  await second.ended;
  const seen = [...told(first).slice(0, 9), ...told(second)];
  expect(seen.filter((text) => text.startsWith('m'))).toEqual(
    Array.from({ length: 40 }, (_, i) => `m${i} complete`),
  );
  expect(totals(second)).toEqual({ processed: 40, errors: 0, total: 40 });
  // Global ids, the same for everybody.
  const whole = await open();
  await whole.ended;
  expect(whole.messages().map(({ id }) => id)).toEqual([
    ...first
      .messages()
      .slice(0, 9)
      .map(({ id }) => id),
    ...second.messages().map(({ id }) => id),
  ]);
});

test('EV-1, B-28: of a run with more events than the log keeps the totals are exact, for pages that are opened now too', async () => {
  await app.close();
  app = await startTestApp({ EVENTS_HISTORY_SIZE: '1000' });
  cookie = await signIn(app);
  const scanned = readings(4000, 4000);
  begin(RUN, {
    planningDone: true,
    counts: counts(4000, 100, 2500),
    servers: [{ serverId: 'default', status: 'changed', ...scanned }],
  });
  await status();
  const ends = Array.from({ length: 2500 }, (_, i) => ({
    event: anEvent(i % 25 === 0 ? 'error' : 'complete', `m${i}`, 'server-all'),
    runIds: [RUN],
    claim: { kind: 'unit', name: `movie/m${i}` } as const,
  }));
  await app.eventLog.append(ends);
  const expected = { processed: 2500, errors: 100, total: 4000 };
  // Until the feed of this process has read on to where the beginning is gone.
  await waitFor(async () => JSON.stringify(await status()).includes('"totals":{"processed":2500'));
  const { snapshot } = await status();
  expect(snapshot).toMatchObject({
    totals: expected,
    servers: {
      default: { status: 'complete', total: 4000 },
      'server-all': { processed: 2500, errorCount: 100, total: 4000 },
    },
  });
  const client = await open();
  await unit('complete', 'after');
  await waitFor(() => told(client).includes('after complete'));
  expect(totals(client)).toEqual({ ...expected, processed: 2501 });
  // Long enough ago that no further event of a job is waited for.
  const finishedAt = new Date(app.now.getTime() - 60_000);
  change(RUN, { status: 'done', finishedAt, counts: counts(4000, 100) });
  await client.ended;
  expect(totals(client)).toEqual({ ...expected, processed: 4000 });
});

test('B-28: a sync whose end the log does not reach back to is not waited for; of those that ended, the last one counts', async () => {
  await app.close();
  app = await startTestApp({ EVENTS_HISTORY_SIZE: '100' });
  cookie = await signIn(app);
  const done = { status: 'done', planningDone: true, counts: counts(0) } as const;
  // Began first and ended last.
  begin(RUN, { ...done, finishedAt: app.now });
  begin(OTHER, { ...done, finishedAt: new Date(app.now.getTime() - 60_000) });
  const client = await open();
  await client.ended;
  const runsOf = (one: EventStreamClient) => one.messages().map(({ data }) => data['data']);
  expect(runsOf(client)).toEqual(
    client.messages().map((): unknown => expect.objectContaining({ runId: RUN })),
  );

  await app.eventLog.append(
    Array.from({ length: 1000 }, (_, i) => ({
      event: anEvent('complete', `m${i}`, 'server-all'),
      runIds: [],
    })),
  );
  const late = await open();
  await waitFor(() => late.frames.length > 1);
  const next = 'c'.repeat(24);
  begin(next);
  await waitFor(() => told(late).includes('__sync_warmup__ started'));
  expect(runsOf(late)[0]).toMatchObject({ runId: next });
});

test('a page that is open while nothing runs follows the next run', async () => {
  expect(await status()).toEqual({
    active: false,
    startTime: null,
    streamUrl: SYNC_STREAM_PATH,
    forced: false,
    snapshot: { servers: {}, totals: { processed: 0, errors: 0, total: 0 } },
  });
  const client = await open();
  await waitFor(() => client.frames.length > 1);
  begin(RUN);
  await waitFor(() => told(client).length === 2);
  change(RUN, { status: 'done', planningDone: true, finishedAt: app.now });
  await client.ended;
  expect(client.messages().every(({ data }) => !('replayed' in data))).toBe(true);
});

test('§7.3: only servers are shown: nothing of scans, title watches, webhooks and schedules, nor of other runs', async () => {
  begin(RUN, { planningDone: true, counts: counts(1) });
  await status();
  const client = await open();
  const sentinels = ['__schedule__', '__webhook__', '__title_watch__', '__library_scan__'];
  const types = ['started', 'progress', 'complete', 'error'] as const;
  for (const serverId of ['server-all', '*', 'default,server2', 'movies'])
    for (const entityId of sentinels)
      for (const type of types)
        await app.eventLog.append([{ event: anEvent(type, entityId, serverId), runIds: [] }]);
  await unit('complete', 'of no run', []);
  await unit('complete', 'Heat (1995)');
  await waitFor(() => told(client).includes('Heat (1995) complete'));
  const { snapshot } = await status();
  expect(snapshot).toMatchObject({ totals: { processed: 1, errors: 0, total: 1 } });
  expect(Object.keys((snapshot as { servers: object }).servers)).toEqual(['default', 'server-all']);
  expect(told(client).filter((text) => sentinels.some((name) => text.startsWith(name)))).toEqual([]);
  expect(told(client)).not.toContain('of no run complete');
});

test('§7.3: a sync is shown although something else, or any number of short runs, began after it', async () => {
  begin(RUN, { scope: { kind: 'all', serverIds: ['default'], full: true, force: false } });
  for (let i = 10; i < 40; i += 1)
    begin(String(i).padStart(24, '0'), { status: 'done', finishedAt: app.now });
  begin(OTHER, { scope: { kind: 'title-until-listed', unitKind: 'movie', title: 'x', serverIds: [] } });
  begin('c'.repeat(24), { scope: { kind: 'retention' } });
  expect(await status()).toMatchObject({ active: true, snapshot: { servers: { default: {} } } });
  const client = await open();
  await waitFor(() => told(client).includes('__server_start__ started'));
  change(RUN, { status: 'done', finishedAt: app.now });
  await client.ended;
  expect(client.messages().at(-1)?.data['data']).toMatchObject({ runId: RUN });
});

test('a page that is open while nothing runs does not follow housekeeping', async () => {
  const client = await open();
  await waitFor(() => client.frames.length > 1);
  begin(OTHER, { scope: { kind: 'retention' } });
  await waitFor(async () => (await app.eventLog.idOfFact(OTHER, 'started')) !== undefined);
  begin(RUN);
  await waitFor(() => told(client).length === 2);
  change(RUN, { status: 'done', finishedAt: app.now });
  await client.ended;
  const runIds = client.messages().map(({ data }) => (data['data'] as { runId: string }).runId);
  expect(new Set(runIds)).toEqual(new Set([RUN]));
});

test('the status says of the database, and not of Redis, that it does not answer', async () => {
  await app.close();
  app = await startTestApp({}, undefined, { deadlineMs: 500 });
  cookie = await signIn(app);
  let answer: () => void = () => undefined;
  app.listingRuns = new Promise<void>((resolve) => (answer = resolve));
  expect(await status()).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  answer();
});

test('§7.3: the status is a snapshot per server', async () => {
  const server = readings(7, 2);
  begin(RUN, {
    scope: { kind: 'servers', serverIds: ['default', 'server2', 'third'], full: false, force: true },
    planningDone: true,
    counts: counts(3),
    servers: [
      { serverId: 'default', status: 'changed', ...server },
      { serverId: 'server2', status: 'failed', code: 'SERVER_UNREACHABLE', ...server, titles: 0 },
    ],
  });
  // Its beginning is told.
  await status();
  await unit('started', 'Heat (1995)');
  await unit('complete', 'Heat (1995)');
  await unit('error', '1923');
  await unit('progress', 'Fargo', [RUN], 'tvshow');
  const base = {
    currentEntity: null,
    currentOperation: null,
    processed: 0,
    errorCount: 0,
    errors: [],
    total: 0,
  };
  await waitFor(async () => JSON.stringify(await status()).includes('Fargo'));
  expect(await status()).toEqual({
    active: true,
    startTime: app.now.toISOString(),
    streamUrl: SYNC_STREAM_PATH,
    forced: true,
    snapshot: {
      servers: {
        default: { ...base, id: 'default', status: 'complete', processed: 7, total: 7 },
        server2: {
          ...base,
          id: 'server2',
          status: 'complete',
          errorCount: 1,
          errors: ['SERVER_UNREACHABLE'],
        },
        third: { ...base, id: 'third', status: 'syncing' },
        'server-all': {
          ...base,
          id: 'server-all',
          status: 'syncing',
          currentEntity: 'Fargo',
          processed: 2,
          errorCount: 1,
          errors: ['1923: METADATA_INVALID: no JSON'],
          total: 3,
        },
      },
      totals: { processed: 2, errors: 1, total: 3 },
    },
  });
  change(RUN, { status: 'done', finishedAt: app.now });
  await waitFor(async () => JSON.stringify(await status()).includes('"active":false'));
});
