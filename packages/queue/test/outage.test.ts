import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPrivateRedis, type PrivateRedis } from '@reelsync/dev-services';
import { checkRedis } from '@reelsync/queue';

import { waitFor } from '../../../tests/support';
import { movie, QueueHarness } from './harness';

const CACHE = join(__dirname, '../../../.reelsync/cache');

describe('Redis outage', () => {
  let folder: string;
  let redis: PrivateRedis;
  let harness: QueueHarness;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reelsync-queue-'));
    redis = await startPrivateRedis({ dataDir: folder, cacheDir: CACHE });
  });
  beforeEach(() => {
    harness = new QueueHarness(redis.url);
  });
  afterEach(() => harness.dispose());
  afterAll(async () => {
    await redis.stop();
    await rm(folder, { recursive: true });
  });

  async function withoutRedis(work: () => Promise<void>): Promise<void> {
    await redis.kill();
    try {
      await work();
    } finally {
      await redis.restart();
    }
  }

  async function elapsedMs(work: Promise<unknown>): Promise<number> {
    const start = performance.now();
    await work;
    return performance.now() - start;
  }

  it('enqueue fails within seconds with QUEUE_UNAVAILABLE, and works again after the outage', async () => {
    const producer = harness.producer();
    await producer.enqueue('movie.sync', movie('Heat'), { priority: 'person' });
    const producers = [producer];
    await withoutRedis(async () => {
      producers.push(harness.producer());
      for (const one of producers) {
        const attempt = one.enqueue('movie.sync', movie('Ran'), { priority: 'person' });
        const rejected = elapsedMs(
          attempt.then(
            () => {
              throw new Error('Redis took a job although it is down');
            },
            (error: unknown) => expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE' }),
          ),
        );
        expect(await rejected).toBeLessThan(2500);
      }
      const many = await producer.enqueueMany('movie.sync', [movie('Ran'), movie(''), movie('Ikiru')], {
        priority: 'bulk',
      });
      expect(many).toMatchObject([
        { status: 'rejected', code: 'QUEUE_UNAVAILABLE' },
        { status: 'rejected', code: 'JOB_PAYLOAD_INVALID' },
        { status: 'rejected', code: 'QUEUE_UNAVAILABLE' },
      ]);
    });
    for (const one of producers) {
      await waitFor(async () => {
        const result = await one.enqueue('movie.sync', movie('Ran'), { priority: 'person' });
        return result.status !== 'rejected';
      });
    }
  });

  it('workers and events resume after the outage', async () => {
    const { events } = await harness.bridge();
    await harness.host({});
    const producer = harness.producer();
    await producer.enqueue('movie.sync', movie('before'), { priority: 'person' });
    const completed = (title: string) =>
      waitFor(() => events.some(({ type, entityId }) => type === 'complete' && entityId === title), {
        timeoutMs: 20_000,
      });
    await completed('before');
    await withoutRedis(async () => {
      const during = producer.enqueue('movie.sync', movie('during'), { priority: 'person' });
      await expect(during).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    });
    await waitFor(() => producer.enqueue('movie.sync', movie('after'), { priority: 'person' }));
    await completed('after');
    expect(events.filter(({ type }) => type === 'complete')).toHaveLength(2);
  });

  it('close ends in bounded time although Redis is away', async () => {
    const host = await harness.host({});
    await withoutRedis(async () => {
      expect(await elapsedMs(host.close({ graceMs: 100 }))).toBeLessThan(8000);
    });
  });

  it('checkRedis says what is wrong and never the password', async () => {
    expect(await checkRedis(redis.url)).toMatchObject({
      ok: true,
      evictionPolicy: 'noeviction',
      problems: [],
    });
    const admin = harness.connection('worker');
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await checkRedis(admin)).toMatchObject({
      ok: false,
      problems: [
        { code: 'QUEUE_MISCONFIGURED', blocking: true, message: expect.stringContaining('allkeys-lru') },
      ],
    });
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await withoutRedis(async () => {
      const down = await checkRedis(redis.url);
      expect(down).toMatchObject({ ok: false, problems: [{ code: 'QUEUE_UNAVAILABLE' }] });
      expect(JSON.stringify(down)).not.toContain(new URL(redis.url).password);
    });
  });
});
