import { driveRetry } from '@reelsync/admin';

import { waitFor } from '../../../tests/support';
import { LocalWorld } from './support';

const TITLES = 8;

let world: LocalWorld;
let titles: string[];
/** Films that their server has refused, a worker that is gone, and a server that refuses one of them still. */
beforeEach(async () => {
  world = await LocalWorld.create({ titles: 30 });
  const { alpha, database } = world.installation;
  const worker = await world.installation.startWorker();
  await world.scan();
  titles = [];
  for await (const { originalTitle } of database.movies.findAll(
    { metadataSource: 'default' },
    { limit: TITLES },
  ))
    titles.push(originalTitle);
  alpha.faults.add({ match: 'metadata', status: 400 });
  const { runId } = await world.client.requestSync({ kind: 'movies', titles, force: true });
  expect(await world.installation.ended(runId)).toMatchObject({ counts: { failed: TITLES } });
  await waitFor(async () => (await failed()).length === TITLES);
  await worker.close();
  alpha.faults.clear();
});
afterEach(() => world.dispose());

const failed = async () => (await world.client.listFailedJobs({})).items;

const backlog = async () => {
  const { items } = await world.client.listQueues({});
  return items.find(({ name }) => name === 'movies')?.counts.prioritized;
};

test('retry waits while the queue is full, and takes each job once, also one that fails again', async () => {
  world.installation.alpha.faults.add({ match: 'metadata', status: 400, times: 1 });
  let waits = 0;
  const driving = driveRetry({
    client: world.client,
    selection: { code: 'SERVER_REJECTED' },
    maxBacklog: 3,
    signal: new AbortController().signal,
    pollMs: 5,
    onWaiting: () => (waits += 1),
  });
  await waitFor(() => waits > 2);
  expect([await backlog(), (await failed()).length]).toEqual([3, TITLES - 3]);
  await world.installation.startWorker();
  const total = await driving;
  expect(total).toMatchObject({ matched: TITLES, retried: TITLES, gone: 0 });
  const runs = await Promise.all(total.runIds.map((runId) => world.installation.ended(runId)));
  expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'done'));
  const sum = (of: 'planned' | 'failed') => runs.reduce((total_, { counts }) => total_ + counts[of], 0);
  expect([sum('planned'), sum('failed')]).toEqual([TITLES, 1]);
  await waitFor(async () => (await failed()).length === 1);
});

test('no more than the limit, also when the queue fills up on the way', async () => {
  await world.installation.startWorker();
  const total = await driveRetry({
    client: world.client,
    selection: { limit: 4 },
    maxBacklog: 3,
    signal: new AbortController().signal,
    pollMs: 5,
  });
  expect(total).toMatchObject({ matched: 4, retried: 4 });
  await waitFor(async () => (await failed()).length === TITLES - 4);
});

test('Ctrl-C while it waits: what was retried goes on, the others stay failed', async () => {
  const stopping = new AbortController();
  const driving = driveRetry({
    client: world.client,
    selection: {},
    maxBacklog: 2,
    signal: stopping.signal,
    pollMs: 5,
    onWaiting: () => stopping.abort(),
  });
  await expect(driving).rejects.toMatchObject({ name: 'AbortError' });
  expect([await backlog(), (await failed()).length]).toEqual([2, TITLES - 2]);
});

test('nothing that matches is an answer', async () => {
  const selection = { title: 'no such film' };
  const signal = new AbortController().signal;
  expect(await driveRetry({ client: world.client, selection, maxBacklog: 1, signal })).toEqual({
    matched: 0,
    retried: 0,
    gone: 0,
    unknownIds: [],
    runIds: [],
  });
});
