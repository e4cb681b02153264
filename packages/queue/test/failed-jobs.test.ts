import { ReelsyncError } from '@reelsync/core';
import { FailedJobs, jobLabel, type FailedJobRecord } from '@reelsync/queue';

import { waitFor } from '../../../tests/support';
import { movie, QueueHarness } from './harness';

let harness: QueueHarness;
let failed: FailedJobs;
beforeEach(() => {
  harness = new QueueHarness();
  failed = new FailedJobs({ connection: harness.connection('producer'), prefix: harness.prefix });
});
afterEach(async () => {
  await failed.close();
  await harness.dispose();
});

/** Jobs for these titles, all of which fail for good. */
async function failAll(titles: readonly string[], error: ReelsyncError): Promise<FailedJobRecord[]> {
  const before = (await failed.list({}, 1000)).length;
  const host = await harness.host({ 'movie.sync': () => Promise.reject(error) });
  await harness.producer().enqueueMany('movie.sync', titles.map(movie), { priority: 'webhook' });
  await waitFor(async () => (await failed.list({}, 1000)).length === before + titles.length);
  await host.close({ graceMs: 0 });
  return failed.list({}, 1000);
}

const broken = (serverId = 'server2') =>
  new ReelsyncError('METADATA_INVALID', 'no JSON', { context: { serverId } });

test('a failed job says for people what failed where, and why', async () => {
  const [record] = await failAll(['The Matrix (1999)'], broken());
  expect(record).toMatchObject({
    queue: 'movies',
    name: 'movie.sync',
    label: 'The Matrix (1999)',
    title: 'The Matrix (1999)',
    code: 'METADATA_INVALID',
    message: 'no JSON',
    serverId: 'server2',
    priority: 'webhook',
    attempts: 1,
    failedAt: expect.any(Date),
  });
});

test.each([
  [{ code: 'METADATA_INVALID' }, 3],
  [{ code: 'METADATA' }, 0],
  [{ serverId: 'server2' }, 3],
  [{ serverId: 'server' }, 0],
  [{ title: 'matrix' }, 2],
  [{ title: 'matrix', code: 'SERVER_ERROR' }, 0],
  [{ title: '.*' }, 0],
  [{ queue: 'shows' as const }, 0],
  [{ ids: [] }, 0],
])('filter %j finds %i', async (filter, count) => {
  await failAll(['The Matrix (1999)', 'The Matrix Reloaded (2003)', 'Heat (1995)'], broken());
  expect(await failed.list(filter, 1000)).toHaveLength(count);
});

test('what failed last comes first, whichever queue it is of', async () => {
  const broke = () => Promise.reject(broken());
  const host = await harness.host({ 'movie.sync': broke, 'show.sync': broke });
  const producer = harness.producer();
  for (const title of ['First', 'Second', 'Third', 'Fourth']) {
    const name = title === 'First' || title === 'Fourth' ? 'movie.sync' : 'show.sync';
    await producer.enqueue(name, movie(title), { priority: 'webhook' });
    await waitFor(async () => (await failed.list({}, 1000)).some((record) => record.title === title));
  }
  await host.close({ graceMs: 0 });
  expect((await failed.list({}, 3)).map(({ title }) => title)).toEqual(['Fourth', 'Third', 'Second']);
});

test('reads page after page, newest first, up to the limit', async () => {
  const titles = Array.from({ length: 230 }, (_, index) => `Film ${index}`);
  const all = await failAll(titles, broken());
  expect(new Set(all.map(({ title }) => title))).toEqual(new Set(titles));
  const times = all.map(({ failedAt }) => failedAt.getTime());
  expect(times).toEqual([...times].sort((a, b) => b - a));
  expect(await failed.list({}, 150)).toEqual(all.slice(0, 150));
});

test('what failed later is no part of the answer, and hides nothing that failed in time', async () => {
  const [early] = await failAll(['Heat (1995)'], broken());
  const failedUntil = early!.failedAt;
  await waitFor(() => Date.now() > failedUntil.getTime());
  await failAll(['Ronin (1998)'], broken());
  const titles = (await failed.list({ failedUntil }, 1)).map(({ title }) => title);
  expect(titles).toEqual(['Heat (1995)']);
});

test('a job that is removed while pages are read hides no older one', async () => {
  const all = await failAll(
    Array.from({ length: 230 }, (_, index) => `Film ${index}`),
    broken(),
  );
  // Listed, but gone: as a page finds it that was read while somebody removed the job.
  const client = await harness.queue().getBackend().client;
  await client.del(harness.queue().toKey(all[20]?.id ?? ''));
  const titlesOf = (records: readonly FailedJobRecord[]) => records.map(({ title }) => title);
  expect(titlesOf(await failed.list({}, 1000))).toEqual(titlesOf(all.filter((_, index) => index !== 20)));
});

test('a retried job keeps its priority and gets all of its attempts back (bullmq-notes 13)', async () => {
  const [record] = await failAll(['Heat (1995)'], broken());
  expect(await failed.retry(record!)).toBe(true);
  const job = await harness.queue().getJob(record!.id);
  expect([await job!.getState(), job!.priority, job!.attemptsMade]).toEqual(['prioritized', 10, 0]);
  expect(await failed.retry(record!)).toBe(false);
  await harness.host({});
  await waitFor(async () => (await job!.getState()) === 'completed');
});

test('a job that stalled too often runs again when it is retried', async () => {
  const [record] = await failAll(['Heat (1995)'], broken());
  const client = await harness.queue().getBackend().client;
  await client.hset(harness.queue().toKey(record!.id), { stc: '99' });
  await failed.retry(record!);
  await harness.host({});
  await waitFor(async () => (await harness.queue().getJob(record!.id))?.finishedOn !== undefined);
  expect(await failed.list({}, 10)).toEqual([]);
});

test('a discarded job is gone; discarding it again, or retrying it, changes nothing', async () => {
  const [record] = await failAll(['Heat (1995)'], broken());
  expect(await failed.discard(record!)).toBe(true);
  expect(await Promise.all([failed.discard(record!), failed.retry(record!)])).toEqual([false, false]);
  expect(await failed.list({}, 10)).toEqual([]);
});

test('with Redis down everything is QUEUE_UNAVAILABLE', async () => {
  const outage = new QueueHarness('redis://127.0.0.1:1');
  const connection = outage.connection('producer');
  const nowhere = new FailedJobs({ connection });
  await expect(nowhere.list({}, 1)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  connection.disconnect();
});

test.each([
  ['movie.sync', { v: 1, title: 'The Matrix (1999)' }, 'The Matrix (1999)'],
  ['season.sync', { v: 1, title: 'Fargo', season: 2 }, 'Fargo, season 2'],
  ['episodes.sync', { v: 1, title: 'Fargo', season: 2 }, 'Fargo, episodes of season 2'],
  ['library.scan', { serverIds: ['default', 'server2'] }, 'scan of default, server2'],
  ['title.watch', { title: 'The Matrix (1999)', serverIds: ['default'] }, 'The Matrix (1999), once listed'],
  ['schedule.trigger', { schedule: 'scan/default' }, 'schedule scan/default'],
  ['of another version', { v: 9, what: 'ever' }, 'of another version'],
  ['broken', null, 'broken'],
])('label of %s', (name, data, label) => {
  expect(jobLabel(name, data)).toBe(label);
});
