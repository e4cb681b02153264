import { ReelsyncError, type Unit } from '@reelsync/core';
import {
  RunCanceller,
  ScheduleControl,
  schedulesOf,
  type SyncRequests,
  type TitlesRequestOptions,
} from '@reelsync/sync';
import { waitFor } from '../../../tests/support';
import { streamOf } from '../../../tests/support/stream-of';
import { Installation } from './support/installation';

const BOTH = ['default', 'server2'];
const WOLF = '100% Wolf';
const byHand: TitlesRequestOptions = {
  trigger: 'cli',
  urgency: 'person',
  signal: new AbortController().signal,
};
const forced = { ...byHand, force: true };
const scan = { serverIds: BOTH, trigger: 'cli', urgency: 'person' } as const;

/** The clocks of producers and workers differ: none of them says whom a job answers. */
describe('a job answers who waits for it when it begins', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create({ shows: 0, movies: [WOLF, '1923'] });
    await installation.startWorker();
    await installation.ended((await installation.requests.requestScan(scan)).runId);
  });
  afterEach(() => installation.dispose());

  /** Requests of a machine whose clock is so many minutes ahead. */
  function producerAhead(minutes: number): SyncRequests {
    const now = () => new Date(Date.now() + minutes * 60_000);
    return installation.requestsOver(installation.config.redis.url, { now });
  }

  /** The same of what is asked of schedules. */
  function schedulesAhead(minutes: number): ScheduleControl {
    const { config, database, requests } = installation;
    return new ScheduleControl({
      schedules: schedulesOf(config.schedules, BOTH),
      serverIds: BOTH,
      database,
      schedulers: { nextTicks: () => Promise.resolve(new Map()) },
      producer: installation.producer(),
      requests,
      now: () => new Date(Date.now() + minutes * 60_000),
    });
  }

  /** Calls this within the first jobs of the title, when they read its gate: `nth` is 1 for the first. */
  function within(jobOf: string, work: (nth: number) => Promise<void>): void {
    const { gates } = installation.database;
    const load = gates.load.bind(gates);
    let jobs = 0;
    jest.spyOn(gates, 'load').mockImplementation(async (unit: Unit) => {
      const gate = await load(unit);
      if (unit.title === jobOf) await work((jobs += 1));
      return gate;
    });
  }

  const movieJobs = async () => (await installation.jobCounts())['movies'] ?? 0;

  test.each([60, -60])('its producer is %i minutes ahead', async (minutes) => {
    const { runId } = await producerAhead(minutes).requestMovies(streamOf(WOLF), forced);
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
  });

  test.each([60, -60])(
    'who asks while it runs is answered by the job that follows, %i minutes ahead or not (OR-2)',
    async (minutes) => {
      const late: string[] = [];
      const stateOfLate: unknown[] = [];
      within(WOLF, async (nth) => {
        if (nth === 1) {
          const { runId } = await producerAhead(minutes).requestMovies(streamOf(WOLF), forced);
          late.push(runId);
          return;
        }
        await installation.ended(first.runId);
        stateOfLate.push(await installation.endings(late[0] ?? ''));
      });
      const first = await installation.requests.requestMovies(streamOf(WOLF), byHand);
      expect(await installation.ended(first.runId)).toMatchObject({ status: 'done' });
      await waitFor(() => stateOfLate.length > 0);
      expect(stateOfLate).toEqual([{ [WOLF]: 'open' }]);
      expect(await installation.ended(late[0] ?? '')).toMatchObject({
        status: 'done',
        counts: { unchanged: 1 },
      });
    },
  );

  test('who asks between two attempts is answered by the next one', async () => {
    const { movies } = installation.queues();
    const before = await movieJobs();
    within(WOLF, async (nth) => {
      if (nth > 1) return;
      // So that the next attempt does not begin before the other request is made.
      await movies.pause();
      throw new ReelsyncError('SERVER_TIMEOUT', 'once, on purpose');
    });
    const first = await installation.requests.requestMovies(streamOf(WOLF), byHand);
    await waitFor(async () => (await movies.getDelayedCount()) === 1);
    const second = await producerAhead(60).requestMovies(streamOf(WOLF), byHand);
    await movies.resume();
    for (const { runId } of [first, second])
      expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
    expect(await movieJobs()).toBe(before + 1);
  });

  test('a run that is cancelled while the job runs is credited with nothing: another that waits is (decision 0020)', async () => {
    const { database, requests, alpha } = installation;
    const { movies } = installation.queues();
    const canceller = new RunCanceller({
      database,
      producer: installation.producer(),
      now: () => new Date(),
    });
    await movies.pause();
    const first = await requests.requestMovies(streamOf(WOLF), forced);
    const second = await requests.requestMovies(streamOf(WOLF), forced);
    alpha.library.editMetadata(WOLF, { title: 'Another Name' });
    within(WOLF, async (nth) => {
      if (nth === 1) await canceller.cancel(first.runId);
    });
    await movies.resume();
    expect((await installation.ended(second.runId)).counts).toMatchObject({ updated: 1, merged: 0 });
    expect(await database.runs.get(first.runId)).toMatchObject({
      status: 'cancelled',
      counts: { skipped: 1 },
    });
  });

  test.each([60, -60])(
    'a sweep that fails ends whom it worked for, and nobody who asked while it ran, %i minutes ahead or not',
    async (minutes) => {
      const { database } = installation;
      const ask = async (ahead: number) =>
        (await schedulesAhead(ahead).run('sweep', { trigger: 'cli' })).runId;
      const broken = new ReelsyncError('JOB_PAYLOAD_INVALID', 'fails for good, on purpose');
      const late: string[] = [];
      jest.spyOn(database.runs.scans, 'findWaiting').mockImplementationOnce(async () => {
        late.push(await ask(minutes));
        throw broken;
      });
      expect(await installation.ended(await ask(-minutes))).toMatchObject({
        status: 'failed',
        error: { code: broken.code },
      });
      expect(await installation.ended(late[0] ?? '')).toMatchObject({ status: 'done' });
    },
  );

  test.each([60, -60])(
    'a scan that fails ends whom it worked for, and nobody who asked while it ran, %i minutes ahead or not',
    async (minutes) => {
      const { database } = installation;
      const broken = new ReelsyncError('JOB_PAYLOAD_INVALID', 'fails for good, on purpose');
      const late: string[] = [];
      jest.spyOn(database.runs, 'recordServers').mockImplementationOnce(async () => {
        late.push((await producerAhead(minutes).requestScan(scan)).runId);
        throw broken;
      });
      const first = await producerAhead(-minutes).requestScan(scan);
      expect(await installation.ended(first.runId)).toMatchObject({
        status: 'failed',
        error: { code: broken.code },
      });
      expect(await installation.ended(late[0] ?? '')).toMatchObject({ status: 'done' });
    },
  );
});
