import { setTimeout as delay } from 'node:timers/promises';

import { databaseNames, dropDatabases, PATHS, runCli, startWorker } from '@reelsync/dev-installation';
import { spawnService, type SpawnedService } from '@reelsync/dev-services';
import { ControlClient } from '@reelsync/sample-library';
import { connectDatabase } from '@reelsync/database';
import { createRedisConnection, WorkerDirectory } from '@reelsync/queue';

import { testMongoUri, testRedisUrl, uniqueName } from '../support';

/** More by `REELSYNC_TV_SHOWS`: 100 are 4,800 episodes and 10,300 files. */
const SHOWS = Number(process.env['REELSYNC_TV_SHOWS'] ?? 8);
const SEASONS = 4;
const EPISODES = 12;
const LATENCY_MS = 20;
/** Simultaneous requests that the server is configured for; the default, unless `REELSYNC_TV_CONNECTIONS` names another. */
const CONNECTIONS = Number(process.env['REELSYNC_TV_CONNECTIONS'] ?? 20);
const SAMPLE_MS = 250;
const FILES = SHOWS * (3 + SEASONS * (1 + EPISODES * 2));

const services: SpawnedService<unknown>[] = [];
const name = uniqueName('speed');
const databases = databaseNames(name);
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  const connection = await connectDatabase({
    uri: testMongoUri(),
    ...databases,
  });
  await dropDatabases(connection);
  await connection.close();
});

/** Simultaneous requests as the worker reports them every few seconds, while it has any. */
async function placesTaken(run: Promise<unknown>): Promise<number[]> {
  const connection = createRedisConnection(testRedisUrl(), 'worker');
  const directory = new WorkerDirectory({ connection, prefix: name });
  const reports = new Map<number, number>();
  let isOver = false;
  const over = run.finally(() => (isOver = true));
  while (!isOver) {
    for (const { servers } of await directory.list())
      for (const { active, total } of servers) if (active > 0) reports.set(total, active);
    await Promise.race([over, delay(SAMPLE_MS)]);
  }
  connection.disconnect();
  return [...reports.values()];
}

test(`first sync of ${SHOWS} shows keeps the connections of a server with ${LATENCY_MS} ms latency busy`, async () => {
  const server = await spawnService<Record<'baseUrl' | 'nodeUrl' | 'controlUrl', string>>({
    name: 'sample server',
    command: process.execPath,
    args: [
      PATHS.sampleServer,
      ...['--titles', '0', '--even-shows', `${SHOWS}x${SEASONS}x${EPISODES}`],
      '--webhook-id=secret',
    ],
    endsWithParent: true,
    ready: (line, stream) => (stream === 'stdout' ? (JSON.parse(line) as never) : undefined),
    onLog: () => undefined,
  });
  services.push(server);
  const { baseUrl, nodeUrl, controlUrl } = server.value;
  const control = new ControlClient({ controlUrl, webhookId: 'secret' });
  await control.faults.setLatency(LATENCY_MS);
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    MONGODB_URI: testMongoUri(),
    MONGODB_CATALOGUE_NAME: databases.catalogueName,
    MONGODB_STATE_NAME: databases.stateName,
    MONGODB_SETTINGS_NAME: databases.settingsName,
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: name,
    FILE_SERVER_URL: baseUrl,
    NODE_SERVER_URL: nodeUrl,
    WEBHOOK_ID: 'secret',
    SYNC_HTTP_CONCURRENCY: String(CONNECTIONS),
    SYNC_LOG_LEVEL: 'WARN',
  };
  services.push(await startWorker(env, (line) => process.stderr.write(`${line}\n`)));
  const began = performance.now();
  const running = runCli(['scan'], env, AbortSignal.timeout(120_000));
  const taken = await placesTaken(running);
  const run = await running;
  const seconds = (performance.now() - began) / 1000;

  const { classes, maxConcurrent } = await control.stats();
  const { metadata, blurhash } = classes;
  const spanMs = Math.max(metadata.lastAt, blurhash.lastAt) - Math.min(metadata.firstAt, blurhash.firstAt);
  const meanOpen = (metadata.openMs + blurhash.openMs) / spanMs;
  const requests = metadata.requests + blurhash.requests;
  process.stdout.write(
    `first sync of ${SHOWS} shows, ${SHOWS * SEASONS} seasons, ${SHOWS * SEASONS * EPISODES} episodes: ` +
      `${requests} files in ${(spanMs / 1000).toFixed(1)} s (run ${seconds.toFixed(1)} s), ` +
      `${Math.round((requests / spanMs) * 1000)} per second, ` +
      `${meanOpen.toFixed(1)} of ${CONNECTIONS} connections busy (${Math.round((meanOpen / CONNECTIONS) * 100)} %) ` +
      `as the server sees it; requests under way as the worker told it: ${taken.join(', ') || 'too short to tell'}\n`,
  );
  expect(run).toMatchObject({ status: 'done', created: SHOWS * (1 + SEASONS * 2), failed: 0 });
  expect(requests).toBe(FILES);
  // How many are busy on average depends on the processors that the machine has left; that all can be does not.
  expect(maxConcurrent).toBeGreaterThan(CONNECTIONS / 2);
}, 150_000);
