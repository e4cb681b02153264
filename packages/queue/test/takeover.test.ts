import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { waitFor } from '../../../tests/support';
import { ONE_AT_A_TIME, deferred, movie, QueueHarness, untilAborted } from './harness';

describe('shutdown and takeover', () => {
  let harness: QueueHarness;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    harness = new QueueHarness();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await harness.dispose();
  });

  it('shutdown lets a running job end within the grace period', async () => {
    const gate = deferred();
    const started = deferred();
    const host = await harness.host({
      'movie.sync': async () => {
        started.resolve();
        await gate.promise;
        return { outcome: 'updated' };
      },
    });
    await harness.producer().enqueue('movie.sync', movie('Heat'), { priority: 'person' });
    await started.promise;
    const closed = host.close({ graceMs: 10_000 });
    expect(host.close({ graceMs: 0 })).toBe(closed);
    gate.resolve();
    expect(await closed).toEqual({ clean: true });
    expect(await harness.queue().getCompletedCount()).toBe(1);
  });

  it.each([
    ['obeys its signal', (signal: AbortSignal) => untilAborted(signal)],
    ['ignores its signal', () => new Promise<never>(() => undefined)],
  ])('shutdown requeues a job whose handler %s, and a second host completes it', async (_, stuck) => {
    const signals: AbortSignal[] = [];
    const first = await harness.host({
      'movie.sync': (_payload, { signal }) => {
        signals.push(signal);
        return stuck(signal);
      },
    });
    await harness.producer().enqueue('movie.sync', movie('Heat'), { priority: 'person' });
    await waitFor(() => signals.length === 1);
    expect(await first.close({ graceMs: 20 })).toEqual({ clean: true });
    expect(signals[0]?.reason).toMatchObject({ code: 'JOB_CANCELLED' });
    const queue = harness.queue();
    const [waiting] = await queue.getJobs(['prioritized']);
    expect(waiting).toMatchObject({ attemptsMade: 0, data: movie('Heat') });

    const attempts: number[] = [];
    await harness.host({
      'movie.sync': (_payload, { job }) => {
        attempts.push(job.attempt);
        return Promise.resolve({ outcome: 'updated' });
      },
    });
    await waitFor(async () => (await queue.getCompletedCount()) === 1);
    expect(attempts).toEqual([1]);
  });

  it('shutdown with a backlog begins no new job', async () => {
    const titles: string[] = [];
    const host = await harness.host(
      {
        'movie.sync': ({ title }, { signal }) => {
          titles.push(title);
          return untilAborted(signal);
        },
      },
      { concurrency: ONE_AT_A_TIME },
    );
    const payloads = Array.from({ length: 20 }, (_, index) => movie(`Title ${index}`));
    await harness.producer().enqueueMany('movie.sync', payloads, { priority: 'bulk' });
    await waitFor(() => titles.length === 1);
    expect(await host.close({ graceMs: 0 })).toEqual({ clean: true });
    expect(titles).toHaveLength(1);
    expect(await harness.producer().counts()).toMatchObject({ movies: { prioritized: 20, active: 0 } });
  });

  async function startStuckWorker(): Promise<ChildProcess> {
    const child = fork(join(__dirname, 'fixtures', 'stuck-worker.ts'), [harness.url, harness.prefix], {
      execArgv: ['-r', 'esbuild-register'],
    });
    children.push(child);
    await once(child, 'message');
    return child;
  }

  it("a killed worker's job is taken over within seconds and uses no attempt", async () => {
    await harness.producer().enqueue('movie.sync', movie('Heat'), { priority: 'person' });
    const child = await startStuckWorker();
    const attempts: number[] = [];
    await harness.host({
      'movie.sync': (_, { job }) => {
        attempts.push(job.attempt);
        return Promise.resolve({ outcome: 'updated' });
      },
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await waitFor(() => attempts.length === 1);
    expect(attempts).toEqual([1]);
  });

  it('a job that stalls too often fails, is settled, and says why', async () => {
    const settled: unknown[] = [];
    await harness.producer().enqueue('movie.sync', movie('Heat'), { priority: 'person' });
    const child = await startStuckWorker();
    await harness.host(
      {},
      {
        limits: { lockDurationMs: 1000, stalledIntervalMs: 300, maxStalledCount: 0 },
        awaitingRuns: () => Promise.resolve(['a', 'b']),
        onSettled: (settlement, runIds) => void settled.push({ ...settlement, runIds }),
      },
    );
    child.kill('SIGKILL');
    const [job] = await waitFor(async () => {
      const failed = await harness.queue().getFailed();
      return failed.length === 1 && failed;
    });
    expect(job?.failedReason).toMatch(/^JOB_STALLED: the job stalled 1 times/);
    expect(settled).toMatchObject([
      { status: 'failed', final: true, payload: movie('Heat'), runIds: ['a', 'b'] },
    ]);
  });

  it('a worker that lost the lock of a job cancels it and leaves it alone', async () => {
    const signals: AbortSignal[] = [];
    await harness.host({
      'movie.sync': (_, { signal }) => {
        signals.push(signal);
        return signals.length === 1 ? untilAborted(signal) : Promise.resolve({ outcome: 'updated' });
      },
    });
    const result = await harness.producer().enqueue('movie.sync', movie('Heat'), { priority: 'person' });
    if (result.status === 'rejected') throw new Error(result.message);
    await waitFor(() => signals.length === 1);
    const queue = harness.queue();
    await harness.connection('worker').set(`${queue.toKey(result.jobId)}:lock`, 'another worker', 'PX', 1000);
    await waitFor(async () => (await queue.getCompletedCount()) === 1);
    expect(signals[0]?.reason).toMatchObject({ code: 'JOB_CANCELLED' });
    expect(harness.logLines).toContainEqual(
      expect.objectContaining({ msg: 'job left to the worker that took it over' }),
    );
    expect((await queue.getJob(result.jobId))?.attemptsMade).toBe(1);
  });
});
