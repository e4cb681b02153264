import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnService } from '@reelsync/dev-services';
import { JOB_CATALOG, jobOptions } from '@reelsync/queue';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { BenchInstallation } from '../stage/bench-installation';

const ENTRY = join(__dirname, 'bare-worker.js');
const CHUNK_SIZE = 500;
const POLL_MS = 20;

/** Seconds from the first of `count` jobs to the end of the last one, with the payloads and options of movie jobs. */
export async function runBareQueue(
  { env, config }: BenchInstallation,
  count: number,
  signal: AbortSignal,
): Promise<number> {
  const prefix = `bare-${randomUUID()}`;
  const connection = new Redis(config.redis.url);
  const queue = new Queue('movies', { connection, prefix });
  const worker = await spawnService({
    name: 'bare worker',
    command: process.execPath,
    args: [ENTRY, prefix],
    env,
    ready: (line) => (line === 'ready' ? true : undefined),
  });
  try {
    const startedAt = performance.now();
    for (let start = 0; start < count; start += CHUNK_SIZE)
      await queue.addBulk(jobs(start, Math.min(start + CHUNK_SIZE, count)));
    while (await isBusy(queue)) await delay(POLL_MS, undefined, { signal });
    return (performance.now() - startedAt) / 1000;
  } finally {
    await worker.stop();
    await queue.obliterate({ force: true });
    await queue.close();
    connection.disconnect();
  }
}

function jobs(from: number, to: number) {
  const definition = JOB_CATALOG['movie.sync'];
  return Array.from({ length: to - from }, (_, index) => {
    const data = { v: 1 as const, title: `No such film ${from + index}` };
    const opts = { ...jobOptions(definition, data, 'bulk'), jobId: randomUUID() };
    return { name: 'movie.sync', data, opts: { ...opts, backoff: { type: 'exponential', delay: 2000 } } };
  });
}

async function isBusy(queue: Queue): Promise<boolean> {
  const { waiting = 0, prioritized = 0, delayed = 0, active = 0 } = await queue.getJobCounts();
  return waiting + prioritized + delayed + active > 0;
}
