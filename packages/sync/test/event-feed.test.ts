import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { isTerminal, runIdsOf, SENTINELS, type NumberedEvent, type Unit } from '@reelsync/core';
import { startPrivateRedis } from '@reelsync/dev-services';
import { createRedisConnection } from '@reelsync/queue';
import { EventFeed, type TitlesRequestOptions } from '@reelsync/sync';

import { waitFor } from '../../../tests/support';
import { Installation } from './support/installation';

const QUICK = { sweepMs: 200, lookMs: 50, patienceMs: 2000 };
const BY_HAND: TitlesRequestOptions = {
  trigger: 'cli',
  urgency: 'person',
  signal: new AbortController().signal,
};
const CACHE = join(__dirname, '../../../.reelsync/cache');
const SCAN = { trigger: 'webhook', urgency: 'webhook', serverIds: ['default', 'server2'] } as const;

let installation: Installation;
let cleanUps: (() => unknown)[];
beforeEach(async () => {
  cleanUps = [];
  installation = await Installation.create({ titles: 12, shows: 2, withBrokenTitles: true });
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  await installation.dispose();
});

function startFeed(url = installation.config.redis.url) {
  const feed = new EventFeed({
    url,
    prefix: installation.config.redis.prefix,
    historySize: 10_000,
    database: installation.database,
    onError: () => undefined,
    times: QUICK,
  });
  cleanUps.push(() => feed.close());
  const events: NumberedEvent[] = [];
  feed.bus.subscribeToAll((event) => void events.push(event));
  const started = feed.start();
  return { feed, events, started };
}

const ofRun = (events: readonly NumberedEvent[], runId: string) =>
  events.filter((event) => runIdsOf(event).includes(runId));
const SENTINEL_NAMES: readonly string[] = Object.values(SENTINELS);
const isSentinel = ({ entityId }: NumberedEvent) => SENTINEL_NAMES.includes(entityId);

async function endOf(events: readonly NumberedEvent[], runId: string): Promise<NumberedEvent> {
  return waitFor(
    () =>
      ofRun(events, runId).find(
        ({ entityId, type }) => entityId === '__sync_complete__' && type === 'complete',
      ),
    {
      timeoutMs: 20_000,
      message: () => `the end of the run; seen: ${JSON.stringify(ofRun(events, runId).slice(-3))}`,
    },
  );
}

function totalsOf(events: readonly NumberedEvent[]): unknown[] {
  return events.filter(({ entityId }) => entityId === '__sync_planned__').map(({ data }) => data?.['total']);
}

/** How each unit of a run ended: what events told, and what the database knows. */
async function endings(events: readonly NumberedEvent[], runId: string) {
  const told = ofRun(events, runId)
    .filter((event) => isTerminal(event) && !isSentinel(event))
    .map(({ mediaType, entityId, data }) => `${mediaType} ${entityId} ${change(data?.['outcome'])}`);
  const known: string[] = [];
  for await (const { unit, outcome } of installation.database.runs.streamEnded(runId)) {
    known.push(
      `${mediaTypeOf(unit)} ${unit.kind === 'episodes' ? `${unit.title} S${unit.season}` : unit.title} ${change(outcome)}`,
    );
  }
  return { told: told.sort(), known: known.sort() };
}

/** An event tells what the job did; of the runs that it answers, one counts that as its own (decision 0020). */
function change(outcome: unknown): string {
  return outcome === 'created' || outcome === 'updated' || outcome === 'merged' ? 'changed' : String(outcome);
}

function mediaTypeOf({ kind }: Unit): string {
  return { movie: 'movie', show: 'tvshow', season: 'season', episodes: 'episode' }[kind];
}

test('EV-1, EV-4: one terminal event per planned unit in every run, merged ones too; two processes agree', async () => {
  const { requests } = installation;
  const [first, second] = [startFeed(), startFeed()];
  await Promise.all([first.started, second.started]);
  const runs = await Promise.all([requests.requestScan(SCAN), requests.requestScan(SCAN)]);
  await installation.startWorker();
  await waitFor(
    () => ofRun(first.events, runs[0].runId).some((event) => isTerminal(event) && !isSentinel(event)),
    {
      timeoutMs: 20_000,
    },
  );
  runs.push(await requests.requestMovies(Readable.from(await someMovies(3)), BY_HAND));
  for (const { runId } of runs) {
    const end = await endOf(first.events, runId);
    const { told, known } = await endings(first.events, runId);
    expect(told).toEqual(known);
    const { counts } = await installation.ended(runId);
    expect(told).toHaveLength(counts.planned);
    expect(end.data).toMatchObject({ status: 'done', summary: counts, link: `/api/v1/runs/${runId}` });
    // EV-3
    expect(JSON.stringify(end).length).toBeLessThan(700);
    const mine = ofRun(first.events, runId);
    expect(mine[0]).toMatchObject({ type: 'started', entityId: '__sync_warmup__' });
    expect(mine.at(-1)).toBe(end);
    expect(totalsOf(mine).at(-1)).toBe(counts.planned);
  }
  const ofScan = ofRun(first.events, runs[0].runId);
  for (const sentinel of ['__server_start__', '__server_complete__']) {
    expect(ofScan.filter(({ entityId }) => entityId === sentinel).map(({ serverId }) => serverId)).toEqual([
      'default',
      'server2',
    ]);
  }
  await waitFor(() => second.events.length === first.events.length);
  expect(second.events).toEqual(first.events);
  expect(first.events.every(({ id }, i) => i === 0 || id === (first.events[i - 1]?.id ?? 0) + 1)).toBe(true);
});

test('EV-1: a total that grows after the planning, when a show adds its children, is told as well', async () => {
  const { requests, alpha } = installation;
  const { events, started } = startFeed();
  await Promise.all([started, installation.startWorker()]);
  await installation.ended((await requests.requestScan(SCAN)).runId);
  const [show = ''] = alpha.library.shows.titles();
  alpha.library.renameShow(show, 'Another Name');
  const { runId } = await requests.requestScan(SCAN);
  await endOf(events, runId);
  const { planned } = (await installation.ended(runId)).counts;
  expect(planned).toBeGreaterThan(1);
  expect(totalsOf(ofRun(events, runId)).at(-1)).toBe(planned);
});

test('EV-4, B-28: rejected units, jobs lost with a flushed Redis and failed scans end too, and their runs', async () => {
  const { requests, database } = installation;
  const { events, started } = startFeed();
  await started;
  const tooLong = 'x'.repeat(1001);
  const rejected = await requests.requestMovies(Readable.from([tooLong]), BY_HAND);
  expect((await endOf(events, rejected.runId)).data).toMatchObject({ summary: { planned: 1, failed: 1 } });
  expect(ofRun(events, rejected.runId)).toContainEqual(
    expect.objectContaining({
      type: 'error',
      entityId: tooLong,
      error: expect.stringMatching(/^JOB_PAYLOAD_INVALID: /),
    }),
  );

  const lost = await requests.requestMovies(Readable.from(['1923', '1924']), BY_HAND);
  await flush();
  const soon = new Date(Date.now() + 1000);
  expect(await database.runs.closeAbandoned(soon, soon)).toBe(2);
  await database.runs.settle(soon);
  await endOf(events, lost.runId);
  expect(await endings(events, lost.runId)).toEqual({
    told: ['movie 1923 skipped', 'movie 1924 skipped'],
    known: ['movie 1923 skipped', 'movie 1924 skipped'],
  });

  await installation.startWorker();
  const failed = await requests.requestScan({ ...SCAN, serverIds: ['nowhere'] });
  const end = await endOf(events, failed.runId);
  expect(end).toMatchObject({
    type: 'complete',
    error: expect.stringMatching(/^SERVER_NOT_CONFIGURED: /),
    data: { status: 'failed', code: 'SERVER_NOT_CONFIGURED' },
  });
  expect(ofRun(events, failed.runId).map(({ entityId }) => entityId)).toEqual([
    '__sync_warmup__',
    '__server_start__',
    '__sync_planned__',
    '__server_complete__',
    '__sync_complete__',
  ]);
});

test('EV-4: what ended while no process was interested is told when one is, once', async () => {
  await installation.startWorker();
  const { runId } = await installation.requests.requestMovies(Readable.from(['1923', 'Unknown']), BY_HAND);
  await installation.ended(runId);
  const feeds = [startFeed(), startFeed()];
  const [{ events }] = feeds as [(typeof feeds)[0]];
  await endOf(events, runId);
  const { told, known } = await endings(events, runId);
  expect(told).toEqual(known);
  const third = startFeed();
  await third.started;
  const later = await installation.requests.requestMovies(Readable.from(['1924']), BY_HAND);
  await endOf(third.events, later.runId);
  expect(ofRun(third.events, runId)).toEqual([]);
  expect(third.feed.bus.getRecentEvents(1000)).toEqual(expect.arrayContaining(events.slice(-1)));
});

test('EV-4, B-28: a long run ends although any number of shorter ones began after it', async () => {
  const { runs } = installation.database;
  const start = (secondsAgo: number) =>
    runs.create({
      trigger: 'cli',
      scope: { kind: 'domain', domain: 'movies', force: false },
      startedAt: new Date(Date.now() - secondsAgo * 1000),
    });
  const long = await start(7200);
  const short: string[] = [];
  for (let i = 600; i > 0; i -= 1) short.push(await start(i));
  const { events, started } = startFeed();
  await started;
  await waitFor(() => ofRun(events, long).length > 0);
  await runs.donePlanning([...short, long]);
  await runs.settle(new Date());
  await endOf(events, long);
  for (const runId of short) await endOf(events, runId);
  // Each is told once.
  expect(events.filter(({ entityId }) => entityId === '__sync_complete__')).toHaveLength(601);
}, 60_000);

test('a Redis that is down: the feed starts when it is back, and closes without it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reelsync-events-'));
  const redis = await startPrivateRedis({ dataDir: folder, cacheDir: CACHE });
  cleanUps.push(async () => {
    await redis.stop();
    await rm(folder, { recursive: true });
  });
  await redis.kill();
  const early = startFeed(redis.url);
  await early.feed.close();
  await early.started;

  const { feed, events, started } = startFeed(redis.url);
  await redis.restart();
  await started;
  const requests = installation.requestsOver(redis.url);
  const { runId } = await waitFor(() => requests.requestMovies(Readable.from(['x'.repeat(1001)]), BY_HAND));
  await endOf(events, runId);
  const before = feed.bus.lastId;
  await redis.kill();
  await redis.restart();
  const later = await waitFor(() => requests.requestMovies(Readable.from(['y'.repeat(1001)]), BY_HAND));
  const end = await endOf(events, later.runId);
  expect(end.id).toBeGreaterThan(before);

  await redis.kill();
  const closeAt = performance.now();
  await feed.close();
  expect(performance.now() - closeAt).toBeLessThan(10_000);
  // Redis is started four times.
}, 120_000);

async function someMovies(count: number): Promise<string[]> {
  const units = installation.connection.state.collection<{ title: string }>('runUnits');
  const movies = await units.find({ kind: 'movie' }, { limit: count }).toArray();
  return movies.map(({ title }) => title);
}

/** Everything of this installation, as FLUSHDB would. */
async function flush(): Promise<void> {
  const redis = createRedisConnection(installation.config.redis.url, 'worker');
  const keys = await redis.keys(`${installation.config.redis.prefix}:*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}
