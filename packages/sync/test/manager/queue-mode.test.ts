import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { ReelsyncError, SENTINELS, type SyncEvent } from '@reelsync/core';
import { SyncEvents, SyncManager, type BatchSyncResult } from '@reelsync/sync';
import { Installation } from '../support/installation';
import { expectShows, manage, rawListing, type ManagedInstallation } from '../support/manager';
import { waitFor } from '../../../../tests/support';

const DEFAULT = { id: 'default' };
const QUEUE = { mode: 'queue' } as const;

// Each test starts servers and workers; none of them waits for time, but a busy machine may take long.
jest.setTimeout(120_000);

/** Without what names the run and the clock. */
function comparable({ results, summary, errors }: BatchSyncResult) {
  return {
    summary,
    errors,
    results: results.map((result) => ({
      ...result,
      timestamp: undefined,
      changes: [...result.changes].sort(),
    })),
  };
}

describe('SyncManager in queue mode', () => {
  let installation: Installation;
  let managed: ManagedInstallation;
  afterEach(async () => {
    await managed.manager.shutdown();
    await installation.dispose();
  });

  async function start(library: Parameters<typeof Installation.create>[0]): Promise<ManagedInstallation> {
    installation = await Installation.create({ withBrokenTitles: false, ...library });
    managed = manage(installation);
    return managed;
  }

  test('movies: the workers do it, the result is that of direct mode, and their events reach the bus', async () => {
    const { manager, events } = await start({ titles: 8 });
    await installation.startWorker();
    const titles = Object.keys(await rawListing(installation.alpha, 'movies'));
    const queued = await manager.syncMovies([...titles, 'Unknown'], DEFAULT, {}, QUEUE);
    expect(queued).toMatchObject({ mode: 'queue', summary: { created: titles.length, failed: 1 } });
    expect(queued.errors).toMatchObject([{ code: 'TITLE_UNKNOWN', entityId: 'Unknown' }]);
    expect(await installation.database.runs.get(queued.runId)).toMatchObject({
      trigger: 'library',
      status: 'done',
    });
    await waitFor(() => events.filter(({ type }) => type === 'complete').length >= titles.length);

    // Of a job that takes longer than most, who listens is told what it is at (§7.1).
    const progress: SyncEvent[] = [];
    new SyncEvents(manager.getEventBus()).onProgress((event) => progress.push(event));
    installation.alpha.faults.setLatency(700);
    const [slow = ''] = titles;
    await manager.syncMovies([slow], DEFAULT, {}, { ...QUEUE, forceSync: true });
    installation.alpha.faults.setLatency(0);
    await waitFor(() => progress.some(({ entityId }) => entityId === slow));
    expect(progress.find(({ entityId }) => entityId === slow)).toMatchObject({
      operation: expect.stringMatching(/metadata|blurhash/),
      data: { stage: 'starting', progress: 0 },
    });

    await installation.connection.catalogue.dropDatabase();
    await installation.connection.state.dropDatabase();
    const direct = await manager.syncMovies([...titles, 'Unknown'], DEFAULT);
    expect(comparable(queued)).toEqual(comparable(direct));
  });

  test('of a job that takes longer than most, what each strategy has written is told as in direct mode', async () => {
    const { manager } = await start({ titles: 2 });
    await installation.startWorker();
    const [title = ''] = Object.keys(await rawListing(installation.alpha, 'movies'));
    const progress: SyncEvent[] = [];
    new SyncEvents(manager.getEventBus()).onProgress((event) => progress.push(event));
    const written = () =>
      progress
        .filter(({ entityId, data }) => entityId === title && data?.['progress'] === 100)
        .map(({ operation, data }) => [operation, data?.['stage'], data?.['updatedFields']]);
    installation.alpha.faults.setLatency(700);
    const { runId } = await manager.syncMovies([title], DEFAULT, {}, QUEUE);
    await waitFor(() => written().length > 0);
    const queued = written();
    expect(queued).toContainEqual(['metadata', 'created', expect.arrayContaining(['title'])]);
    expect(queued.map(([operation]) => operation)).toEqual(expect.arrayContaining(['assets', 'content']));
    expect(
      progress.filter(({ data }) => data?.['progress'] === 100).map(({ data }) => data?.['runId']),
    ).toEqual(queued.map(() => runId));

    installation.alpha.faults.setLatency(0);
    await installation.connection.catalogue.dropDatabase();
    await installation.connection.state.dropDatabase();
    progress.length = 0;
    await manager.syncMovies([title], DEFAULT);
    expect(written()).toEqual(queued);
  });

  test('a process that only watches sees what workers do for others', async () => {
    const { manager, events } = await start({ titles: 3 });
    await manager.followWorkers();
    await installation.startWorker();
    const request = { trigger: 'schedule', urgency: 'schedule', serverIds: ['default', 'server2'] } as const;
    const { runId } = await installation.requests.requestScan(request);
    const { counts } = await installation.ended(runId);
    const ends = () => events.filter(({ type, mediaType }) => type === 'complete' && mediaType === 'movie');
    await waitFor(() => ends().some(({ entityId }) => entityId === SENTINELS.runEnded));
    const sentinels: readonly string[] = Object.values(SENTINELS);
    expect(ends().filter(({ entityId }) => !sentinels.includes(entityId))).toHaveLength(counts.planned);
  });

  test('who can no longer see how the run goes is told which it is', async () => {
    const { manager, movies } = await start({ titles: 3 });
    await manager.initialize();
    const { runs } = manager.getDatabaseAdapter();
    const gone = new ReelsyncError('DATABASE_UNAVAILABLE', 'gone');
    const look = jest.spyOn(runs, 'get').mockRejectedValue(gone);
    const { runId, errors } = await manager.syncMovies(movies, DEFAULT, {}, QUEUE);
    look.mockRestore();
    expect(errors).toMatchObject([{ code: 'DATABASE_UNAVAILABLE' }]);
    expect(await runs.get(runId)).toMatchObject({ trigger: 'library', counts: { planned: movies.length } });
  });

  test('operations of a show apply to its seasons and episodes alone, in one job each', async () => {
    const { manager } = await start({ titles: 0, shows: 1 });
    await installation.startWorker();
    const titles = Object.keys(await rawListing(installation.alpha, 'tv'));
    const narrowed = { ...QUEUE, operations: ['metadata'] } as const;
    const { summary, results } = await manager.syncTVShows(titles, DEFAULT, {}, narrowed);
    expect(summary).toMatchObject({ created: titles.length, failed: 0 });
    const { scans: _scans, ...jobs } = await installation.jobCounts();
    expect(Object.values(jobs).reduce((sum, count) => sum + count, 0)).toBe(results.length);
    const { seasons, episodes } = installation.database;
    expect(await seasons.count()).toBeGreaterThan(0);
    expect(await seasons.count({ posterURL: { $exists: true } })).toBe(0);
    expect(await episodes.count({ videoURL: { $exists: true } })).toBe(0);
  });

  test('shows: children follow their parents within the run, and a second run finds all of them unchanged', async () => {
    const { manager, shows } = await start({ titles: 0, shows: 3 });
    await installation.startWorker();
    await manager.syncTVShows(Object.keys(await rawListing(installation.alpha, 'tv')), DEFAULT, {}, QUEUE);
    const onSecond = Object.keys(await rawListing(installation.beta, 'tv'));
    await manager.syncTVShows(onSecond, { id: 'server2' }, {}, QUEUE);
    await expectShows(installation);
    const again = await manager.syncTVShows(shows, DEFAULT, {}, QUEUE);
    expect(again.summary).toMatchObject({ total: shows.length, unchanged: shows.length, failed: 0 });
    expect(again.results.some(({ mediaType }) => mediaType === 'episode')).toBe(true);
    const direct = await manager.syncTVShows(shows, DEFAULT);
    expect(comparable(direct)).toEqual(comparable(again));
  });

  test('a caller that stops waiting gets what was done so far; the jobs stay', async () => {
    const { manager } = await start({ titles: 4 });
    const titles = Object.keys(await rawListing(installation.alpha, 'movies'));
    const stop = new AbortController();
    const waiting = manager.syncMovies(titles, DEFAULT, {}, { ...QUEUE, signal: stop.signal });
    await waitFor(async () => (await installation.database.runs.list({ limit: 1 }))[0]?.planningDone);
    stop.abort();
    const result = await waiting;
    expect(result.errors).toMatchObject([{ code: 'JOB_CANCELLED' }]);
    expect(result.results).toEqual([]);
    expect(await installation.database.runs.get(result.runId)).toMatchObject({ status: 'running' });
  });

  test('shutdown while a sync begins leaves no connection open', async () => {
    const { movies } = await start({ titles: 2 });
    const url = new URL(installation.config.redis.url);
    const redis = { port: Number(url.port), host: url.hostname };
    const open = new Set<Socket>();
    const proxy = createServer((socket) => {
      open.add(socket);
      const onward = connect(redis);
      pipeline(socket, onward, socket, () => open.delete(socket));
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    url.port = String((proxy.address() as AddressInfo).port);
    const config = { ...installation.config, redis: { ...installation.config.redis, url: url.href } };
    const manager = new SyncManager({ config: () => config });
    const running = manager.syncMovies(movies, DEFAULT, {}, QUEUE);
    await waitFor(() => open.size > 0);
    await manager.shutdown();
    expect(await running).toMatchObject({ results: [] });
    await waitFor(() => open.size === 0);
    proxy.close();
  });

  test('without Redis nothing is hidden: no result, every title failed, the error says why', async () => {
    const { movies } = await start({ titles: 2 });
    const config = { ...installation.config, redis: { url: 'redis://127.0.0.1:1', prefix: 'none' } };
    const manager = new SyncManager({ config: () => config });
    const result = await manager.syncMovies(movies, DEFAULT, {}, QUEUE);
    expect(result).toMatchObject({ results: [], summary: { failed: movies.length, completed: 0 } });
    expect(result.errors).toMatchObject([{ code: 'QUEUE_UNAVAILABLE' }]);
    await manager.shutdown();
  });

  test('a server that the workers do not know is refused', async () => {
    const { manager, movies } = await start({ titles: 2 });
    const { baseUrl: baseURL, nodeUrl: syncEndpoint } = installation.alpha;
    const stranger = { id: 'stranger', baseURL, syncEndpoint };
    await expect(manager.syncMovies(movies, stranger, {}, QUEUE)).rejects.toMatchObject({
      code: 'SERVER_NOT_CONFIGURED',
    });
  });
});
