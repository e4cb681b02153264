import { loadConfig } from '@reelsync/config';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

/** `bare-worker.js PREFIX`: what BullMQ does by itself when its jobs do nothing. Prints `ready` when it takes jobs. */
async function main(): Promise<void> {
  const [prefix] = process.argv.slice(2);
  if (prefix === undefined) throw new Error('the bare worker needs a prefix');
  const config = loadConfig({ env: process.env, cwd: '/nonexistent' });
  const connection = new Redis(config.redis.url, { maxRetriesPerRequest: null });
  const worker = new Worker('movies', () => Promise.resolve({ outcome: 'unchanged' }), {
    connection,
    prefix,
    concurrency: config.worker.concurrency.movies,
  });
  worker.on('error', (error) => process.stderr.write(`bare worker: ${error.message}\n`));
  await worker.waitUntilReady();
  process.stdout.write('ready\n');
  process.once('SIGTERM', () => {
    void worker.close().then(() => {
      connection.disconnect();
    });
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
