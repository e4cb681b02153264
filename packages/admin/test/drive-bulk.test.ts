import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { driveBulk, type BulkState } from '@reelsync/admin';
import { createQueues, createRedisConnection } from '@reelsync/queue';

import { waitFor } from '../../../tests/support';
import { LocalWorld } from './support';

const NOBODY = new AbortController().signal;

describe('bulk requests', () => {
  let world: LocalWorld;
  beforeAll(async () => {
    world = await LocalWorld.create({ titles: 30, shows: 2 });
    await world.installation.startWorker();
    await world.scan();
  });
  afterAll(() => world.dispose());

  const movies = async (): Promise<string[]> => {
    const titles: string[] = [];
    for await (const { title } of world.installation.database.inventory.streamUnits('movie'))
      titles.push(title);
    return titles;
  };

  const drive = (id: string, more: Partial<Parameters<typeof driveBulk>[0]> = {}): Promise<BulkState> =>
    driveBulk({
      client: world.client,
      id,
      titles: undefined,
      maxBacklog: 1000,
      signal: NOBODY,
      pollMs: 5,
      ...more,
    });

  test('all of the inventory: each unit once, in one run, and the run ends', async () => {
    const titles = await movies();
    const { id } = await world.client.openBulk({ domain: 'movies', source: 'inventory' });
    const state = await drive(id);
    expect(state).toMatchObject({
      status: 'finished',
      total: titles.length,
      planned: titles.length,
      unknown: 0,
    });
    const run = await world.installation.ended(state.runId!);
    expect(run).toMatchObject({
      trigger: 'cli',
      requester: 'tester',
      status: 'done',
      counts: { planned: titles.length, failed: 0 },
    });
  });

  test('titles byte for byte; those that no server lists are counted and not enqueued', async () => {
    const titles = [...(await movies()), ' no such film ', 'nor this one'];
    const { id } = await world.client.openBulk({ domain: 'movies', source: 'titles', force: true });
    const state = await drive(id, { titles: Readable.from(titles) });
    expect(state).toMatchObject({
      position: titles.length,
      planned: titles.length - 2,
      unknown: 2,
      unknownTitles: [' no such film ', 'nor this one'],
    });
    expect((await world.installation.ended(state.runId!)).counts).toMatchObject({ failed: 0 });
  });

  test('seasons can only be chosen of titles that are handed over', async () => {
    for (const given of [
      { domain: 'seasons', source: 'inventory' },
      { domain: 'movies', source: 'titles' },
    ] as const)
      await expect(world.client.openBulk({ ...given, seasons: [1] })).rejects.toMatchObject({
        code: 'ARGUMENTS_INVALID',
      });
  });

  test('seasons and episodes by the show, all of them or some', async () => {
    const shows = Readable.from(['Breaking Point']);
    const all = await world.client.openBulk({ domain: 'episodes', source: 'titles' });
    const some = await world.client.openBulk({ domain: 'seasons', source: 'titles', seasons: [2] });
    expect(await drive(all.id, { titles: shows })).toMatchObject({ planned: 3 });
    expect(await drive(some.id, { titles: Readable.from(['Breaking Point']) })).toMatchObject({ planned: 1 });
  });

  test('--dry-run counts and changes nothing', async () => {
    const runs = await world.client.listRuns({ limit: 100 });
    const { id } = await world.client.openBulk({
      domain: 'movies',
      source: 'inventory',
      dryRun: true,
      force: true,
    });
    expect(await drive(id)).toMatchObject({ planned: (await movies()).length });
    expect((await world.client.listRuns({ limit: 100 })).items).toHaveLength(runs.items.length);
  });

  test('--missing-only leaves out what the catalogue has', async () => {
    const titles = await movies();
    await world.installation.database.movies.delete(titles[3]!);
    const { id } = await world.client.openBulk({ domain: 'movies', source: 'inventory', missingOnly: true });
    const state = await drive(id);
    expect(state).toMatchObject({ planned: 1, skipped: titles.length - 1 });
    await world.installation.ended(state.runId!);
  });

  test('a request without any title has a run that ends', async () => {
    const { id } = await world.client.openBulk({ domain: 'movies', source: 'titles' });
    const state = await drive(id, { titles: Readable.from([]) });
    expect(await world.installation.ended(state.runId!)).toMatchObject({
      status: 'done',
      counts: { planned: 0 },
    });
  });

  test('what does not fit is refused', async () => {
    const { id } = await world.client.openBulk({ domain: 'movies', source: 'titles' });
    const invalid = { code: 'ARGUMENTS_INVALID' };
    await expect(world.client.advanceBulk({ id, position: 0 })).rejects.toMatchObject(invalid);
    await expect(world.client.advanceBulk({ id, position: 5, titles: ['x'] })).rejects.toMatchObject(invalid);
    await world.client.finishBulk({ id });
    await expect(world.client.advanceBulk({ id, position: 0, titles: ['x'] })).rejects.toMatchObject(invalid);
    await expect(world.client.getBulk({ id: '0'.repeat(24) })).rejects.toMatchObject({
      code: 'BULK_UNKNOWN',
    });
  });
});

describe('interrupted and slow', () => {
  let world: LocalWorld;
  let titles: string[];
  let minutesLater: number;
  beforeEach(async () => {
    minutesLater = 0;
    world = await LocalWorld.create({ titles: 5 }, () => new Date(Date.now() + minutesLater * 60_000));
    const at = new Date();
    // Known to the inventory, which is all that enqueueing looks at.
    titles = Array.from({ length: 1200 }, (_, index) => `Film ${String(index).padStart(4, '0')}`);
    await world.installation.database.inventory.applyChanges(
      'default',
      titles.map((title) => ({ unit: { kind: 'movie', title }, digest: title, record: {} })),
      at,
    );
  });
  afterEach(() => world.dispose());

  const backlog = async () => (await world.client.listQueues({})).items[0]!.counts.prioritized;

  test('nothing is added while the queue is full; it goes on when there is room', async () => {
    const { id } = await world.client.openBulk({ domain: 'movies', source: 'titles' });
    const { url, prefix } = world.installation.config.redis;
    const connection = createRedisConnection(url, 'worker');
    const queues = createQueues({ connection, prefix });
    let seen = 0;
    const driving = driveBulk({
      client: world.client,
      id,
      titles: Readable.from(titles),
      maxBacklog: 400,
      signal: NOBODY,
      pollMs: 5,
      onProgress: ({ backlog: waiting }, isWaiting) => {
        if (isWaiting) seen = waiting;
      },
    });
    await waitFor(() => seen === 500);
    expect(await backlog()).toBe(500);
    await queues.movies.drain();
    await waitFor(async () => (await world.client.getBulk({ id })).position === 1000);
    await queues.movies.drain();
    expect(await driving).toMatchObject({ planned: titles.length, backlog: 200 });
    await Promise.all(Object.values(queues).map((queue) => queue.close()));
    connection.disconnect();
  });

  describe('a run is not taken for abandoned (its producer was silent for 15 minutes)', () => {
    const abandoned = () =>
      world.installation.database.runs.findUnfinishedPlanning(
        new Date(Date.now() + (minutesLater - 15) * 60_000),
      );
    const stop = async (driving: Promise<unknown>, stopping: AbortController) => {
      stopping.abort();
      await expect(driving).rejects.toMatchObject({ name: 'AbortError' });
    };

    test('while its producer waits for the queue to shrink', async () => {
      const stopping = new AbortController();
      const { id } = await world.client.openBulk({ domain: 'movies', source: 'titles' });
      let isWaiting = false;
      const driving = driveBulk({
        client: world.client,
        id,
        titles: Readable.from(titles),
        maxBacklog: 400,
        signal: stopping.signal,
        pollMs: 5,
        onProgress: (_state, waits) => (isWaiting = waits),
      });
      await waitFor(() => isWaiting);
      minutesLater = 20;
      await waitFor(async () => (await abandoned()).length === 0);
      await stop(driving, stopping);
      minutesLater = 40;
      expect(await abandoned()).toEqual([(await world.client.getBulk({ id })).runId]);
    });

    test('while its source is silent; Ctrl-C ends the wait', async () => {
      const stopping = new AbortController();
      const { id } = await world.client.openBulk({ domain: 'movies', source: 'titles' });
      async function* slow(): AsyncGenerator<string> {
        yield* titles.slice(0, 500);
        await new Promise(() => undefined);
      }
      const driving = driveBulk({
        client: world.client,
        id,
        titles: slow(),
        maxBacklog: 1e6,
        signal: stopping.signal,
        silenceMs: 5,
      });
      await waitFor(async () => (await world.client.getBulk({ id })).position === 500);
      minutesLater = 20;
      await waitFor(async () => (await abandoned()).length === 0);
      await stop(driving, stopping);
    });
  });

  test('a source that ends because it was broken off does not finish the request', async () => {
    const stopping = new AbortController();
    const { id } = await world.client.openBulk({ domain: 'movies', source: 'titles' });
    async function* broken(): AsyncGenerator<string> {
      yield* await Promise.resolve(titles.slice(0, 10));
      stopping.abort();
    }
    const { signal } = stopping;
    const drive = { client: world.client, id, titles: broken(), maxBacklog: 1e6, signal };
    await expect(driveBulk(drive)).rejects.toMatchObject({ name: 'AbortError' });
    expect(await world.client.getBulk({ id })).toMatchObject({ status: 'open' });
  });

  test.each(['titles', 'inventory'] as const)(
    'Ctrl-C in the middle of %s: the run ends with what was enqueued, and a second one takes the rest',
    async (source) => {
      const { id } = await world.client.openBulk({ domain: 'movies', source });
      const stop = new AbortController();
      const input = () => (source === 'titles' ? Readable.from(titles) : undefined);
      const client = {
        ...world.client,
        advanceBulk: async (...call: Parameters<typeof world.client.advanceBulk>) => {
          const state = await world.client.advanceBulk(...call);
          stop.abort();
          return source === 'titles' ? state : { ...state, exhausted: false };
        },
      };
      const drive = { client, id, titles: input(), maxBacklog: 1e6, signal: stop.signal };
      await expect(driveBulk(drive)).rejects.toMatchObject({ name: 'AbortError' });
      const first = await world.client.suspendBulk({ id });
      // A chunk whose answer was lost is not taken twice.
      const repeated =
        source === 'titles'
          ? await world.client.advanceBulk({ id, position: 0, titles: titles.slice(0, 500) })
          : first;
      expect(repeated).toEqual(first);
      const last = await driveBulk({ ...drive, client: world.client, titles: input(), signal: NOBODY });
      expect([first.position, last.position]).toEqual(source === 'titles' ? [500, 1200] : [1200, 1200]);
      expect(await backlog()).toBe(titles.length);
      const { planningDone } = await world.client.getRun({ runId: first.runId! });
      expect([planningDone, last.planned]).toEqual([true, titles.length]);
    },
  );
});

test('memory does not grow with the number of titles', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const state = (position: number): BulkState => ({
    id: '0'.repeat(24),
    domain: 'movies',
    source: 'titles',
    status: 'open',
    position,
    planned: position,
    skipped: 0,
    unknown: 0,
    unknownTitles: [],
    backlog: 0,
    exhausted: false,
  });
  async function* stream(count: number): AsyncGenerator<string> {
    for (let index = 0; index < count; index += 1)
      yield await Promise.resolve(`A film with the number ${index}`);
  }
  /** The most that is held at any of 5 looks, in bytes. */
  const peak = async (count: number): Promise<number> => {
    let most = 0;
    let taken = 0;
    await driveBulk({
      client: {
        getBulk: () => Promise.resolve(state(0)),
        keepBulkAlive: () => Promise.resolve(state(0)),
        finishBulk: () => Promise.resolve(state(count)),
        advanceBulk: ({ position, titles = [] }) => {
          const before = taken;
          taken = position + titles.length;
          if (Math.floor(taken / (count / 5)) > Math.floor(before / (count / 5))) {
            collect();
            most = Math.max(most, process.memoryUsage().heapUsed);
          }
          return Promise.resolve(state(taken));
        },
      },
      id: '',
      titles: stream(count),
      maxBacklog: 1,
      signal: NOBODY,
    });
    return most;
  };
  await peak(1000);
  const [small, large] = [await peak(10_000), await peak(200_000)];
  expect(large / small).toBeLessThan(1.2);
});
