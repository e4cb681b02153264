import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { spawnService, type SpawnedService } from '@reelsync/dev-services';
import { JOB_CATALOG, jobOptions } from '@reelsync/queue';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { BenchInstallation } from '../stage/bench-installation';
import { drainRate } from './drain-rate';

const ENTRY = join(__dirname, 'bare-worker.js');
const CHUNK_SIZE = 500;

/** Jobs per second of a bare worker with the payloads and options of movie jobs, measured like ours. */
export async function runBareQueue(
  { env, config }: BenchInstallation,
  count: number,
  signal: AbortSignal,
): Promise<number> {
  const prefix = `bare-${randomUUID()}`;
  const connection = new Redis(config.redis.url);
  const queue = new Queue('movies', { connection, prefix });
  let worker: SpawnedService<boolean> | undefined;
  const start = async (): Promise<void> => {
    worker = await spawnService({
      name: 'bare worker',
      command: process.execPath,
      args: [ENTRY, prefix],
      env,
      ready: (line) => (line === 'ready' ? true : undefined),
    });
  };
  try {
    for (let begin = 0; begin < count; begin += CHUNK_SIZE)
      await queue.addBulk(jobs(begin, Math.min(begin + CHUNK_SIZE, count)));
    return await drainRate({ url: config.redis.url, prefix }, start, signal);
  } finally {
    await worker?.stop();
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
