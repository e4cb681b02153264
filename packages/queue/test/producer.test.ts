import { JOB_CATALOG, PRIORITIES, type EnqueueResult } from '@reelsync/queue';

import { waitFor } from '../../../tests/support';
import { ONE_AT_A_TIME, deferred, movie, QueueHarness } from './harness';

describe('JobProducer', () => {
  let harness: QueueHarness;
  beforeEach(() => {
    harness = new QueueHarness();
  });
  afterEach(() => harness.dispose());

  const idOf = (result: EnqueueResult): string => {
    if (result.status === 'rejected') throw new Error(result.message);
    return result.jobId;
  };

  it('answers created, then merged with the id of the waiting job', async () => {
    const producer = harness.producer();
    const first = await producer.enqueue('movie.sync', movie('Heat'), { priority: 'bulk' });
    const second = await producer.enqueue('movie.sync', movie('Heat'), { priority: 'bulk' });
    expect(first.status).toBe('created');
    expect(second).toEqual({ status: 'merged', jobId: idOf(first) });
    expect(await producer.backlog('movies')).toBe(1);
  });

  it('rejects a payload that its schema refuses, or that is too large, without touching Redis', async () => {
    const producer = harness.producer({
      ...JOB_CATALOG,
      'movie.sync': { ...JOB_CATALOG['movie.sync'], sizeLimit: 100 },
    });
    expect(await producer.enqueue('movie.sync', movie(''), { priority: 'person' })).toMatchObject({
      status: 'rejected',
      code: 'JOB_PAYLOAD_INVALID',
    });
    expect(
      await producer.enqueue('movie.sync', movie('x'.repeat(100)), { priority: 'person' }),
    ).toMatchObject({
      status: 'rejected',
      code: 'JOB_PAYLOAD_INVALID',
      message: expect.stringContaining('limit of 100'),
    });
    expect(await producer.backlog('movies')).toBe(0);
  });

  it('enqueueMany answers per payload, in order, across chunks', async () => {
    const producer = harness.producer();
    const payloads = Array.from({ length: 1203 }, (_, index) => movie(index === 700 ? '' : `Title ${index}`));
    payloads[1202] = movie('Title 0');
    const results = await producer.enqueueMany('movie.sync', payloads, { priority: 'bulk' });
    expect(results).toHaveLength(1203);
    expect(results[700]).toMatchObject({ status: 'rejected', code: 'JOB_PAYLOAD_INVALID' });
    expect(results[1202]).toEqual({ status: 'merged', jobId: idOf(results[0]!) });
    expect(results.filter(({ status }) => status === 'created')).toHaveLength(1201);
    const queue = harness.queue();
    expect((await queue.getJob(idOf(results[1201]!)))?.data).toEqual(movie('Title 1201'));
    expect(await producer.counts()).toMatchObject({ movies: { prioritized: 1201, active: 0 } });
  });

  it('an event that arrives while the job runs leads to exactly one more run', async () => {
    const gate = deferred();
    let runs = 0;
    await harness.host({
      'movie.sync': async () => {
        runs += 1;
        if (runs === 1) await gate.promise;
        return { outcome: 'updated' };
      },
    });
    const producer = harness.producer();
    await producer.enqueue('movie.sync', movie('Heat'), { priority: 'webhook' });
    await waitFor(() => runs === 1);
    for (let event = 0; event < 10; event += 1) {
      const result = await producer.enqueue('movie.sync', movie('Heat'), { priority: 'webhook' });
      expect(result.status).toBe('merged');
    }
    gate.resolve();
    const queue = harness.queue();
    await waitFor(async () => (await queue.getCompletedCount()) === 2);
    expect(await producer.backlog('movies')).toBe(0);
    expect(runs).toBe(2);
  });

  it('a burst of scan requests is one job (debounce)', async () => {
    let scans = 0;
    const producer = harness.producer();
    const scan = { v: 1 as const, serverIds: ['one'], full: false, force: false, acceptShrunken: false };
    const results = [];
    for (let event = 0; event < 5; event += 1) {
      results.push(await producer.enqueue('library.scan', scan, { priority: 'webhook' }));
    }
    expect(results.map(({ status }) => status)).toEqual(['created', 'merged', 'merged', 'merged', 'merged']);
    await harness.host({
      'library.scan': () => {
        scans += 1;
        return Promise.resolve({ outcome: 'unchanged' });
      },
    });
    const queue = harness.queue('scans');
    await waitFor(async () => (await queue.getCompletedCount()) === 1);
    expect(scans).toBe(1);
  });

  it("a person's request overtakes bulk, also when it merges with a waiting bulk job", async () => {
    const producer = harness.producer();
    const titles = ['A', 'B', 'C', 'D'];
    await producer.enqueueMany('movie.sync', titles.map(movie), { priority: 'bulk' });
    const merged = await producer.enqueue('movie.sync', movie('D'), { priority: 'person' });
    expect(merged.status).toBe('merged');
    // A worse priority never lowers a better one.
    await producer.enqueue('movie.sync', movie('D'), { priority: 'webhook' });
    const order: string[] = [];
    await harness.host(
      {
        'movie.sync': ({ title }) => {
          order.push(title);
          return Promise.resolve({ outcome: 'unchanged' });
        },
      },
      { concurrency: ONE_AT_A_TIME },
    );
    await waitFor(() => order.length === 4);
    expect(order).toEqual(['D', 'A', 'B', 'C']);
    expect((await harness.queue().getJob(idOf(merged)))?.priority).toBe(PRIORITIES.person);
  });

  it("a person's request for a title whose job runs keeps its place when a less urgent one follows", async () => {
    const producer = harness.producer();
    const gate = deferred();
    const order: string[] = [];
    await harness.host(
      {
        'movie.sync': async ({ title }) => {
          order.push(title);
          if (order.length === 1) await gate.promise;
          return { outcome: 'unchanged' };
        },
      },
      { concurrency: ONE_AT_A_TIME },
    );
    await producer.enqueue('movie.sync', movie('D'), { priority: 'bulk' });
    await waitFor(() => order.length === 1);
    await producer.enqueueMany('movie.sync', ['A', 'B', 'C'].map(movie), { priority: 'bulk' });
    await producer.enqueue('movie.sync', movie('D'), { priority: 'person' });
    await producer.enqueue('movie.sync', movie('D'), { priority: 'sweep' });
    gate.resolve();
    await waitFor(() => order.length === 5);
    expect(order).toEqual(['D', 'D', 'A', 'B', 'C']);
  });

  it('a request for some operations neither swallows nor is swallowed by a request for all', async () => {
    const producer = harness.producer();
    const all = await producer.enqueue('movie.sync', movie('Heat'), { priority: 'bulk' });
    const some = await producer.enqueue(
      'movie.sync',
      { ...movie('Heat'), operations: ['assets'] },
      { priority: 'bulk' },
    );
    expect([all.status, some.status]).toEqual(['created', 'created']);
  });

  it('works directly after it was created, although its connection is not ready yet', async () => {
    const results = await Promise.all(
      ['A', 'B', 'C'].map((title) =>
        harness.producer().enqueue('movie.sync', movie(title), { priority: 'person' }),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(['created', 'created', 'created']);
  });
});
