import { QUEUE_NAMES, QueueControl } from '@reelsync/queue';

import { waitFor } from '../../../tests/support';
import { movie, QueueHarness } from './harness';

let harness: QueueHarness;
let control: QueueControl;
beforeEach(() => {
  harness = new QueueHarness();
  control = new QueueControl({ connection: harness.connection('producer'), prefix: harness.prefix });
});
afterEach(async () => {
  await control.close();
  await harness.dispose();
});

test('a paused queue runs nothing until it is resumed, over all workers', async () => {
  expect(await control.pause('movies')).toMatchObject({ name: 'movies', paused: true });
  const started: string[] = [];
  await harness.host({
    'movie.sync': ({ title }) => {
      started.push(title);
      return Promise.resolve({ outcome: 'unchanged' });
    },
    'show.sync': ({ title }) => {
      started.push(title);
      return Promise.resolve({ outcome: 'unchanged' });
    },
  });
  const producer = harness.producer();
  await producer.enqueue('movie.sync', movie('Heat'), { priority: 'person' });
  await producer.enqueue('show.sync', { v: 1, title: 'Fargo' }, { priority: 'person' });
  await waitFor(() => started.length > 0);
  expect(started).toEqual(['Fargo']);
  const counts = { prioritized: 1, active: 0 };
  expect(await control.state('movies')).toMatchObject({ paused: true, counts });
  expect(await control.resume('movies')).toMatchObject({ paused: false });
  await waitFor(() => started.includes('Heat'));
});

test('a limit holds for running workers at once and can be removed', async () => {
  expect(await control.setConcurrency('movies', 1)).toMatchObject({ concurrency: 1 });
  let running = 0;
  let most = 0;
  await harness.host({
    'movie.sync': async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return { outcome: 'unchanged' };
    },
  });
  const titles = Array.from({ length: 12 }, (_, index) => movie(`Film ${index}`));
  await harness.producer().enqueueMany('movie.sync', titles, { priority: 'bulk' });
  await waitFor(async () => (await control.state('movies')).counts.completed === titles.length);
  expect(most).toBe(1);
  expect(await control.setConcurrency('movies', null)).toMatchObject({ concurrency: null });
});

test('lists every queue', async () => {
  const states = await control.states();
  expect(states.map(({ name }) => name)).toEqual([...QUEUE_NAMES]);
});
