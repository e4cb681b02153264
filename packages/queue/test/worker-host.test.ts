import { ReelsyncError, type ErrorCode } from '@reelsync/core';
import {
  WorkerHost,
  type HandlerMap,
  type JobContext,
  type JobPayloads,
  type JobSettlement,
} from '@reelsync/queue';
import { UnrecoverableError, type Job } from 'bullmq';

import { waitFor } from '../../../tests/support';
import { ONE_AT_A_TIME, handlersWith, movie, QueueHarness, testCatalog, untilAborted } from './harness';

type Settlement = JobSettlement<JobPayloads>;

describe('WorkerHost', () => {
  let harness: QueueHarness;
  beforeEach(() => {
    harness = new QueueHarness();
  });
  afterEach(() => harness.dispose());

  /** Enqueues one movie job and waits until it is in a final state. */
  async function runOne(title = 'Heat'): Promise<Job> {
    const result = await harness.producer().enqueue('movie.sync', movie(title), { priority: 'person' });
    if (result.status === 'rejected') throw new Error(result.message);
    return finished(result.jobId);
  }

  async function finished(jobId: string): Promise<Job> {
    const queue = harness.queue();
    return waitFor(async () => {
      const job: Job | undefined = await queue.getJob(jobId);
      return job?.finishedOn === undefined ? undefined : job;
    });
  }

  const failTimes = (times: number, code: ErrorCode, retryAfterMs?: number) => {
    const attempts: number[] = [];
    const handler: HandlerMap<JobPayloads>['movie.sync'] = (_, { job }) => {
      attempts.push(job.attempt);
      if (attempts.length > times) return Promise.resolve({ outcome: 'updated' });
      const options = retryAfterMs === undefined ? {} : { retryAfterMs };
      return Promise.reject(new ReelsyncError(code, 'no luck', options));
    };
    return { attempts, handler };
  };

  it('hands payload, job facts, logger and signal to the handler and stores its result', async () => {
    const seen: JobContext[] = [];
    await harness.host({
      'movie.sync': (payload, context) => {
        expect(payload).toEqual(movie('Heat'));
        context.logger.info('from the handler');
        seen.push(context);
        return Promise.resolve({ outcome: 'updated', changedFields: ['posterURL'] });
      },
    });
    const job = await runOne();
    expect(job.returnvalue).toMatchObject({
      subject: { entityId: 'Heat', mediaType: 'movie' },
      result: { outcome: 'updated', changedFields: ['posterURL'] },
    });
    expect(seen[0]?.job).toMatchObject({ id: job.id, name: 'movie.sync', attempt: 1, attempts: 3 });
    expect(seen[0]?.signal.aborted).toBe(false);
    expect(harness.logLines.filter(({ jobId }) => jobId === job.id)).toMatchObject([
      { msg: 'from the handler', queue: 'movies', jobName: 'movie.sync', title: 'Heat', attempt: 1 },
      { msg: 'job completed', outcome: 'updated', durationMs: expect.any(Number) },
    ]);
  });

  it('retry: a transient error uses attempts, up to the last', async () => {
    const { attempts, handler } = failTimes(2, 'SERVER_UNREACHABLE');
    await harness.host({ 'movie.sync': handler });
    expect(await runOne()).toMatchObject({ attemptsMade: 3, attemptsStarted: 3 });
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('retry: out of attempts, the job fails with the code first', async () => {
    const { attempts, handler } = failTimes(99, 'SERVER_UNREACHABLE');
    await harness.host({ 'movie.sync': handler });
    expect(await runOne()).toMatchObject({ attemptsMade: 3, failedReason: 'SERVER_UNREACHABLE: no luck' });
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('delay: a dependency that is down uses no attempt', async () => {
    const { attempts, handler } = failTimes(8, 'DATABASE_UNAVAILABLE', 5);
    await harness.host({ 'movie.sync': handler });
    const job = await runOne();
    expect(job.returnvalue).toMatchObject({ result: { outcome: 'updated' } });
    expect(job).toMatchObject({ attemptsMade: 1, attemptsStarted: 9 });
    expect(attempts).toEqual(Array(9).fill(1));
  });

  it('dead letter: a permanent error ends the job at once, and it is logged once', async () => {
    const { attempts, handler } = failTimes(99, 'METADATA_INVALID');
    await harness.host({ 'movie.sync': handler });
    expect(await runOne()).toMatchObject({ attemptsMade: 1, failedReason: 'METADATA_INVALID: no luck' });
    expect(attempts).toEqual([1]);
    expect(harness.logLines.filter(({ level }) => Number(level) >= 40)).toMatchObject([
      { msg: 'job failed', code: 'METADATA_INVALID', title: 'Heat' },
    ]);
  });

  it('what is not a ReelsyncError fails as UNEXPECTED, also when BullMQ has a meaning for it', async () => {
    await harness.host({ 'movie.sync': () => Promise.reject(new UnrecoverableError('surprise')) });
    expect(await runOne()).toMatchObject({ attemptsMade: 3, failedReason: 'UNEXPECTED: surprise' });
  });

  it('the deadline aborts the signal; the attempt counts and the next one may succeed', async () => {
    const reasons: unknown[] = [];
    const catalog = { ...testCatalog, 'movie.sync': { ...testCatalog['movie.sync'], deadlineMs: 50 } };
    await harness.host(
      {
        'movie.sync': async (_, { signal, job }) => {
          if (job.attempt > 1) return { outcome: 'updated' };
          await untilAborted(signal).finally(() => reasons.push(signal.reason));
          return { outcome: 'skipped' };
        },
      },
      { catalog },
    );
    expect(await runOne()).toMatchObject({ attemptsMade: 2 });
    expect(reasons).toMatchObject([{ code: 'JOB_DEADLINE_EXCEEDED' }]);
    expect(harness.logLines).toContainEqual(
      expect.objectContaining({ msg: 'job attempt failed', code: 'JOB_DEADLINE_EXCEEDED' }),
    );
  });

  it('a handler that ignores its signal is abandoned and frees its slot', async () => {
    const catalog = {
      ...testCatalog,
      'movie.sync': { ...testCatalog['movie.sync'], attempts: 1, deadlineMs: 20 },
    };
    await harness.host(
      {
        'movie.sync': ({ title }) =>
          title === 'Heat' ? new Promise(() => undefined) : Promise.resolve({ outcome: 'updated' }),
      },
      { catalog, concurrency: ONE_AT_A_TIME },
    );
    expect((await runOneWith(catalog, 'Heat')).failedReason).toMatch(/^JOB_DEADLINE_EXCEEDED: /);
    expect((await runOneWith(catalog, 'Ran')).returnvalue).toMatchObject({ result: { outcome: 'updated' } });
  });

  async function runOneWith(catalog: typeof testCatalog, title: string): Promise<Job> {
    const result = await harness
      .producer(catalog)
      .enqueue('movie.sync', movie(title), { priority: 'person' });
    if (result.status === 'rejected') throw new Error(result.message);
    return finished(result.jobId);
  }

  it.each([
    ['a payload of an unknown version', 'movie.sync', { v: 2, title: 'Heat' }],
    ['a job that this version does not know', 'movie.paint', { v: 1, title: 'Heat' }],
  ])('%s goes to the dead letters without reaching a handler', async (_, name, data) => {
    const settled: Settlement[] = [];
    await harness.host(
      { 'movie.sync': () => Promise.reject(new Error('must not run')) },
      { onSettled: (settlement) => void settled.push(settlement) },
    );
    const { id } = await harness.queue().add(name, data, { attempts: 5 });
    const job = await finished(id ?? '');
    expect(job.failedReason).toMatch(/^JOB_PAYLOAD_INVALID: /);
    expect(job.attemptsMade).toBe(1);
    const expected = name === 'movie.sync' ? [{ name, status: 'failed', final: true }] : [];
    expect(settled).toMatchObject(expected);
  });

  it('does not start when handlers and catalog disagree', () => {
    const build = (handlers: HandlerMap<JobPayloads>) =>
      new WorkerHost({
        catalog: testCatalog,
        handlers,
        connection: harness.connection('worker'),
        concurrency: ONE_AT_A_TIME,
        logger: harness.logger,
      });
    // @ts-expect-error a missing handler does not compile either
    const missing: HandlerMap<JobPayloads> = { 'movie.sync': handlersWith({})['movie.sync'] };
    const extra = { ...handlersWith({}), 'movie.paint': handlersWith({})['movie.sync'] };
    expect(() => build(missing)).toThrow('no handler for library.scan');
    expect(() => build(extra)).toThrow('a handler for movie.paint, which is not in the job catalog');
  });

  it('reports health', async () => {
    const host = await harness.host({ 'movie.sync': (_, { signal }) => untilAborted(signal) });
    expect(host.isRunning()).toBe(true);
    await harness.producer().enqueue('movie.sync', movie('Heat'), { priority: 'person' });
    await waitFor(() => host.health().queues.find(({ queue }) => queue === 'movies')?.active === 1);
    await host.close({ graceMs: 0 });
    const { ok, queues } = host.health();
    expect([ok, ...queues.map(({ running }) => running)]).toEqual(Array(7).fill(false));
  });

  describe('onSettled', () => {
    it('is told of every attempt that ended, the last one marked final', async () => {
      const settled: Settlement[] = [];
      const { handler } = failTimes(1, 'SERVER_TIMEOUT');
      await harness.host(
        { 'movie.sync': handler },
        { onSettled: (settlement) => void settled.push(settlement) },
      );
      await runOne();
      expect(settled).toMatchObject([
        {
          name: 'movie.sync',
          payload: movie('Heat'),
          status: 'failed',
          final: false,
          error: { code: 'SERVER_TIMEOUT' },
        },
        {
          name: 'movie.sync',
          payload: movie('Heat'),
          status: 'completed',
          final: true,
          result: { outcome: 'updated' },
        },
      ]);
    });

    it('is asked again when it could not record the end, so that no run waits for ever', async () => {
      const calls: string[] = [];
      await harness.host(
        { 'movie.sync': () => Promise.reject(new ReelsyncError('METADATA_INVALID', 'broken')) },
        {
          onSettled: ({ status }) => {
            calls.push(status);
            if (calls.length < 3)
              throw new ReelsyncError('DATABASE_UNAVAILABLE', 'down', { retryAfterMs: 5 });
          },
        },
      );
      expect(await runOne()).toMatchObject({ attemptsMade: 1, attemptsStarted: 3 });
      expect(calls).toEqual(['failed', 'failed', 'failed']);
    });
  });

  describe('awaitingRuns', () => {
    /** Hosts a job whose attempts fail so often, and notes in which order all is asked and told. */
    async function hostNoting(times: number, waiting: (asked: number) => readonly string[]) {
      const notes: unknown[] = [];
      const { handler } = failTimes(times, 'SERVER_TIMEOUT');
      let asked = 0;
      await harness.host(
        {
          'movie.sync': (payload, context) => {
            notes.push('handler');
            return handler(payload, context);
          },
        },
        {
          awaitingRuns: (job) => {
            expect(job).toEqual({ name: 'movie.sync', payload: movie('Heat') });
            asked += 1;
            notes.push('asked');
            return Promise.resolve(waiting(asked));
          },
          onSettled: ({ final }, runIds) => void notes.push({ final, runIds }),
        },
      );
      return notes;
    }

    it('is asked before each attempt: who comes later is not answered', async () => {
      const notes = await hostNoting(1, (asked) => (asked === 1 ? ['a'] : ['b']));
      expect((await runOne()).returnvalue).toMatchObject({ runIds: ['b'] });
      expect(notes).toEqual([
        ...['asked', 'handler', { final: false, runIds: [] }],
        ...['asked', 'handler', { final: true, runIds: ['b'] }],
      ]);
    });

    it('of several, those are told that wait still', async () => {
      const notes = await hostNoting(0, (asked) => (asked === 1 ? ['a', 'b', 'c'] : ['late', 'c', 'a']));
      expect((await runOne()).returnvalue).toMatchObject({ runIds: ['a', 'c'] });
      expect(notes).toEqual(['asked', 'handler', 'asked', { final: true, runIds: ['a', 'c'] }]);
    });

    it('the handler does not begin while nobody can be asked', async () => {
      const notes = await hostNoting(0, (asked) => {
        if (asked < 3) throw new ReelsyncError('DATABASE_UNAVAILABLE', 'down', { retryAfterMs: 5 });
        return ['a'];
      });
      expect(await runOne()).toMatchObject({ attemptsMade: 1, returnvalue: { runIds: ['a'] } });
      expect(notes).toEqual(['asked', 'asked', 'asked', 'handler', { final: true, runIds: ['a'] }]);
    });
  });

  it('many progress reports become few writes, and the last one always arrives', async () => {
    const { events } = await harness.bridge();
    await harness.host({
      'movie.sync': (_, context) => {
        for (let step = 0; step < 1000; step += 1)
          context.reportProgress({ stage: 'updated', progress: step / 10 });
        context.reportProgress({ stage: 'completed', progress: 100 });
        return Promise.resolve({ outcome: 'updated' });
      },
    });
    await runOne();
    await waitFor(() => events.some(({ type }) => type === 'complete'));
    const progress = events.filter(({ type }) => type === 'progress');
    expect(progress.map(({ data }) => data?.['progress'])).toEqual([0, 100]);
  });
});
