import { PRIORITIES } from '@reelsync/queue';
import { Sweep, TitleWatcher, type SweepOptions, type TitlesRequestOptions } from '@reelsync/sync';
import { waitFor } from '../../../tests/support';
import { streamOf } from '../../../tests/support/stream-of';
import { Installation } from './support/installation';

const BOTH = ['default', 'server2'];
const scan = { serverIds: BOTH, trigger: 'cli', urgency: 'person' } as const;

describe('the sweep', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create();
  });
  afterEach(() => installation.dispose());

  /** As if all that has happened so far had been long ago. */
  const LATER: Partial<SweepOptions> = { minAgeMs: -1000 };

  function sweep(options = LATER) {
    const { database } = installation;
    const producer = installation.producer();
    const { now = () => new Date() } = options;
    const watcher = new TitleWatcher({ database, producer, now });
    const listedFirst = installation.listedFirst({ now });
    const parts = { database, producer, listedFirst, watcher, now };
    return new Sweep({ ...parts, minAgeMs: 120_000, ...options }).sweep({
      runIds: [],
      signal: new AbortController().signal,
    });
  }
  async function dirtyTitles(): Promise<string[]> {
    const titles: string[] = [];
    for await (const { title } of installation.database.inventory.streamPending('movie')) titles.push(title);
    return titles;
  }

  test('Redis is wiped during a run: the sweep brings the catalogue in step, and the run ends with true counts', async () => {
    const { requests, database, alpha, beta } = installation;
    const worker = await installation.startWorker();
    for (const server of [alpha, beta]) server.faults.add({ match: 'metadata', latencyMs: 150 });
    const { runId } = await requests.requestScan(scan);
    await waitFor(async () => (await database.runs.get(runId))?.planningDone);
    await worker.close();
    await installation.wipeRedis();
    const left = (await dirtyTitles()).length;
    expect(left).toBeGreaterThan(0);

    expect(await sweep({})).toMatchObject({ planned: 0, revived: 0 });
    const report = await sweep();
    expect(report).toMatchObject({ planned: 0, runIds: [] });
    expect(report.revived).toBeGreaterThanOrEqual(left);
    for (const server of [alpha, beta]) server.faults.clear();
    await installation.startWorker();
    const run = await installation.ended(runId);
    expect(run).toMatchObject({ status: 'done', counts: { skipped: 0, failed: 1 } });
    expect(await database.movies.count()).toBe(run.counts.planned);
    expect((await sweep()).planned).toBe(0);
  });

  test('dirty titles that a run waits for are left to it, also while that is too young to be revived', async () => {
    const { requests, database, connection } = installation;
    const worker = await installation.startWorker();
    const { movies } = installation.queues();
    await movies.pause();
    const { runId } = await requests.requestScan(scan);
    await waitFor(async () => (await database.runs.get(runId))?.planningDone);
    await worker.close();
    await installation.wipeRedis();
    const rows = connection.state.collection('runUnits');
    await rows.updateMany({ runId }, { $set: { requestedAt: new Date(Date.now() + 60_000) } });
    expect(await sweep()).toMatchObject({ planned: 0, revived: 0, runIds: [] });
    await rows.updateMany({ runId }, { $set: { requestedAt: new Date(0) } });
    expect((await sweep()).revived).toBeGreaterThan(0);
  });

  test('dirty titles that no run waits for get a job and a run of the sweep', async () => {
    const { requests, database } = installation;
    await requests.requestScan(scan);
    const worker = await installation.startWorker();
    await waitFor(async () => (await database.movies.count()) > 10);
    await worker.close();
    await database.inventory.markAllPending(['movie'], new Date());
    await installation.wipeRedis();
    const { planned, runIds } = await sweep();
    expect(planned).toBeGreaterThan(10);
    expect(await sweep()).toMatchObject({ planned: 0, runIds: [] });
    await installation.startWorker();
    const run = await installation.ended(runIds[0] ?? '');
    expect(run).toMatchObject({ status: 'done', scope: { kind: 'sweep' }, counts: { planned } });
  });

  test('scans and watches whose jobs are gone get new ones', async () => {
    const { requests } = installation;
    const waiting = await requests.requestScan(scan);
    const watch = await requests.requestTitleUntilListed({
      kind: 'movie',
      title: '100% Wolf',
      serverIds: BOTH,
      trigger: 'webhook',
    });
    await installation.wipeRedis();
    expect(await sweep()).toMatchObject({ revived: 2 });
    expect(await sweep()).toMatchObject({ revived: 0 });
    await installation.startWorker();
    expect(await installation.ended(waiting.runId)).toMatchObject({ status: 'done' });
    expect(await installation.ended(watch.runId)).toMatchObject({ status: 'done' });
  });

  test('a scan that several had asked for is as urgent as the most urgent of them, whoever asked last', async () => {
    const { requests } = installation;
    for (const urgency of ['person', 'schedule'] as const)
      await requests.requestScan({
        serverIds: BOTH,
        trigger: urgency === 'person' ? 'cli' : urgency,
        urgency,
      });
    await installation.wipeRedis();
    expect(await sweep()).toMatchObject({ revived: 1 });
    const { scans } = installation.queues();
    expect(await scans.getJobs(['delayed', 'prioritized', 'waiting'])).toMatchObject([
      { name: 'library.scan', priority: PRIORITIES.person },
    ]);
  });

  describe('a request for a title that waits until the listings have been read', () => {
    const TITLE = '100% Wolf';
    const byHand: TitlesRequestOptions = {
      trigger: 'cli',
      urgency: 'person',
      signal: new AbortController().signal,
    };
    const requestTitle = () =>
      installation
        .requestsOver(installation.config.redis.url, { serverIds: BOTH })
        .requestMovies(streamOf(TITLE), byHand);

    test('is not told that nobody lists the title when its scan is late, or lost with Redis', async () => {
      const { runId } = await requestTitle();
      expect(await sweep()).toMatchObject({ planned: 0, revived: 0 });
      await installation.wipeRedis();
      expect(await sweep()).toMatchObject({ planned: 0, revived: BOTH.length });
      expect(await installation.jobCounts()).toMatchObject({ scans: BOTH.length, movies: 0 });
      await installation.startWorker();
      expect(await installation.ended(runId)).toMatchObject({
        status: 'done',
        counts: { planned: 1, created: 1, failed: 0 },
      });
    });

    test('starts after half an hour all the same: a paused queue must not keep it for ever', async () => {
      const { runId } = await requestTitle();
      const later = (minutes: number) => sweep({ now: () => new Date(Date.now() + minutes * 60_000) });
      expect(await later(29)).toMatchObject({ revived: 0 });
      expect(await later(31)).toMatchObject({ revived: 1 });
      expect(await installation.database.runs.get(runId)).toMatchObject({ status: 'running' });
      expect(await installation.jobCounts()).toMatchObject({ movies: 1 });
    });
  });

  test('a request for a title is kept until its watch ends, also when no worker looked for a long time', async () => {
    const { database, alpha } = installation;
    const { runId } = await installation.requests.requestTitleUntilListed({
      kind: 'movie',
      title: 'Some New Film (2024)',
      serverIds: ['default'],
      trigger: 'webhook',
    });
    const in16Minutes = new Date(Date.now() + 16 * 60_000);
    await sweep({ now: () => in16Minutes });
    // An installation whose sweep is off looks for abandoned runs after half an hour.
    expect(await database.runs.closeAbandoned(in16Minutes, in16Minutes)).toBe(0);
    expect(await database.runs.get(runId)).toMatchObject({ status: 'running' });
    expect(await database.titleWatches.find()).toMatchObject([{ runId }]);
    alpha.library.addMovie('Some New Film (2024)');
    await installation.startWorker();
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { planned: 1 } });
    // Nothing is kept for ever: a watch that nobody can end any more takes its run with it.
    const lost = await installation.requests.requestTitleUntilListed({
      kind: 'movie',
      title: 'Never listed',
      serverIds: ['default'],
      trigger: 'webhook',
    });
    const inTwoDays = new Date(Date.now() + 48 * 3_600_000);
    await database.runs.closeAbandoned(inTwoDays, inTwoDays);
    expect(await database.runs.get(lost.runId)).toMatchObject({
      status: 'failed',
      error: { code: 'JOB_LOST' },
    });
  });

  test('EV-4: a run whose producer died while it planned fails, and so ends', async () => {
    const { database } = installation;
    const scope = { kind: 'titles', domain: 'movies', force: false } as const;
    const runId = await database.runs.create({ trigger: 'cli', scope, startedAt: new Date() });
    await database.runs.plan(runId, [{ kind: 'movie', title: 'A' }], new Date());
    await sweep({ producerSilenceMs: 60_000 });
    expect(await database.runs.get(runId)).toMatchObject({ status: 'running' });
    await sweep({ producerSilenceMs: -1000 });
    expect(await database.runs.get(runId)).toMatchObject({
      status: 'failed',
      error: { code: 'JOB_LOST' },
      counts: { planned: 1, skipped: 1 },
    });
  });
});
