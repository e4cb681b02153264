import type { SyncEvent } from '@reelsync/core';
import { startPrivateRedis } from '@reelsync/dev-services';
import {
  createQueues,
  createRedisConnection,
  JOB_CATALOG,
  JobProducer,
  WorkerHost,
  type JobPayloads,
} from '@reelsync/queue';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';

import { testRedisUrl, uniqueName, waitFor } from '../../../tests/support';
import { EventFeed } from '../src/events/event-feed';

let cleanUps: (() => unknown)[];
let lines: string[];
beforeEach(() => {
  cleanUps = [];
  lines = [];
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

function openFeed(url: string, prefix: string): { readonly feed: EventFeed; readonly events: SyncEvent[] } {
  const logger = pino({ level: 'debug' }, { write: (line) => lines.push(line) });
  const feed = new EventFeed({ url, prefix, logger, onError: () => undefined });
  cleanUps.push(() => feed.close());
  const events: SyncEvent[] = [];
  feed.bus.subscribeToAll((event) => void events.push(event));
  return { feed, events };
}

/** A worker of another process as far as the feed can tell: all that they share is Redis. */
async function startWorker(url: string, prefix: string) {
  const connection = createRedisConnection(url, 'worker');
  const unchanged = () => Promise.resolve({ outcome: 'unchanged' as const });
  const host = new WorkerHost<JobPayloads>({
    catalog: JOB_CATALOG,
    connection,
    prefix,
    concurrency: { movies: 1, shows: 1, seasons: 1, episodes: 1, scans: 1, schedules: 1 },
    logger: pino({ level: 'silent' }),
    handlers: {
      'movie.sync': () => Promise.resolve({ outcome: 'updated', changedFields: ['title'] }),
      'show.sync': unchanged,
      'season.sync': unchanged,
      'episodes.sync': unchanged,
      'library.scan': unchanged,
      'title.watch': unchanged,
      'schedule.trigger': unchanged,
    },
  });
  const producer = new JobProducer({ catalog: JOB_CATALOG, connection, prefix });
  const close = async (): Promise<void> => {
    await host.close({ graceMs: 0 });
    await producer.close();
    for (const queue of Object.values(createQueues({ connection, prefix }))) {
      await queue.obliterate({ force: true });
      await queue.close();
    }
    connection.disconnect();
  };
  await host.start();
  return { producer, close };
}

const summaries = (events: readonly SyncEvent[]): string[] =>
  events.map(({ type, entityId }) => `${entityId} ${type}`).sort();

test('EV-1: what a worker does reaches the bus of the API, from every queue, and its log at level debug', async () => {
  const prefix = uniqueName('api-events');
  const { feed, events } = openFeed(testRedisUrl(), prefix);
  await feed.start();
  const { producer, close } = await startWorker(testRedisUrl(), prefix);
  cleanUps.push(close);
  await producer.enqueue('movie.sync', { v: 1, title: '1923' }, { priority: 'person' });
  await producer.enqueue(
    'library.scan',
    { v: 1, serverIds: ['default'], full: false, force: false, acceptShrunken: false },
    { priority: 'person' },
  );
  await waitFor(() => events.filter(({ type }) => type === 'complete').length === 2);

  expect(summaries(events)).toEqual(
    ['1923 started', '1923 complete', '__library_scan__ started', '__library_scan__ complete'].sort(),
  );
  expect(feed.bus.getEventsForEntity('1923').at(-1)).toMatchObject({
    type: 'complete',
    mediaType: 'movie',
    data: { outcome: 'updated', changedFields: ['title'] },
  });
  const logged = lines.map((line) => JSON.parse(line) as { level: number; msg: string; event: SyncEvent });
  expect(new Set(logged.map(({ level, msg }) => `${level} ${msg}`))).toEqual(new Set(['20 sync event']));
  expect(summaries(logged.map(({ event }) => event))).toEqual(summaries(events));
});

test('a Redis that is down: the feed starts when it is back, and closes without it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reelsync-events-'));
  const redis = await startPrivateRedis({ dataDir: folder, cacheDir: join(folder, 'cache') });
  cleanUps.push(async () => {
    await redis.stop();
    await rm(folder, { recursive: true });
  });
  await redis.kill();
  const prefix = uniqueName('api-events');
  const early = openFeed(redis.url, prefix);
  const cutShort = early.feed.start();
  await early.feed.close();
  await cutShort;

  const { feed, events } = openFeed(redis.url, prefix);
  const started = feed.start();
  await redis.restart();
  await started;
  const worker = await startWorker(redis.url, prefix);
  await worker.producer.enqueue('movie.sync', { v: 1, title: '1923' }, { priority: 'person' });
  await waitFor(() => events.some(({ type }) => type === 'complete'));
  await worker.close();

  await redis.kill();
  const closeAt = performance.now();
  await feed.close();
  expect(performance.now() - closeAt).toBeLessThan(3000);
  expect(lines.filter((line) => line.includes('no sync events'))).toEqual([]);
});
