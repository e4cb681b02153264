import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { databaseNames, dropDatabases, PATHS, runCli, startWorker } from '@reelsync/dev-installation';
import { spawnService, type SpawnedService } from '@reelsync/dev-services';
import { ControlClient } from '@reelsync/sample-library';
import { connectDatabase } from '@reelsync/database';
import { createRedisConnection, WorkerDirectory } from '@reelsync/queue';

import { testMongoUri, testRedisUrl, uniqueName, waitFor } from '../support';

/** More by `REELSYNC_TV_SHOWS`: 100 are 4,800 episodes and 10,300 files. */
const SHOWS = Number(process.env['REELSYNC_TV_SHOWS'] ?? 8);
const SEASONS = 4;
const EPISODES = 12;
const LATENCY_MS = 20;
/** Simultaneous requests that the server is configured for; the default, unless `REELSYNC_TV_CONNECTIONS` names another. */
const CONNECTIONS = Number(process.env['REELSYNC_TV_CONNECTIONS'] ?? 20);
const SAMPLE_MS = 250;
const TEN_MINUTES_MS = 600_000;
const FILES = SHOWS * (3 + SEASONS * (1 + EPISODES * 2));

const services: SpawnedService<unknown>[] = [];
let folder: string;
let name: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelsync-tv-'));
  name = uniqueName('speed');
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
  const connection = await connectDatabase({ uri: testMongoUri(), ...databaseNames(name) });
  await dropDatabases(connection);
  await connection.close();
  await rm(folder, { recursive: true });
});

interface Stage {
  readonly control: ControlClient;
  readonly env: NodeJS.ProcessEnv;
}

/** A server with shows that are all alike, and the settings of an installation that has no other. */
async function openStage(shape: string): Promise<Stage> {
  const webhookId = 'secret';
  const server = await spawnService<Record<'baseUrl' | 'nodeUrl' | 'controlUrl', string>>({
    name: 'sample server',
    command: process.execPath,
    args: [PATHS.sampleServer, '--titles', '0', '--even-shows', shape, `--webhook-id=${webhookId}`],
    endsWithParent: true,
    ready: (line, stream) => (stream === 'stdout' ? (JSON.parse(line) as never) : undefined),
    onLog: () => undefined,
  });
  services.push(server);
  const { baseUrl, nodeUrl, controlUrl } = server.value;
  const config = join(folder, 'reelsync.config.json');
  // However long answers are held here: nobody gives up.
  const timeouts = { metadataMs: TEN_MINUTES_MS, blurhashMs: TEN_MINUTES_MS };
  await writeFile(
    config,
    JSON.stringify({ servers: [{ id: 'even', baseUrl, nodeUrl, webhookId, timeouts }] }),
  );
  const databases = databaseNames(name);
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    MONGODB_URI: testMongoUri(),
    MONGODB_CATALOGUE_NAME: databases.catalogueName,
    MONGODB_STATE_NAME: databases.stateName,
    MONGODB_SETTINGS_NAME: databases.settingsName,
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: name,
    REELSYNC_CONFIG: config,
    SYNC_LOG_LEVEL: 'WARN',
  };
  return { control: new ControlClient({ controlUrl, webhookId }), env };
}

async function startRealWorker(env: NodeJS.ProcessEnv): Promise<void> {
  services.push(await startWorker(env, (line) => process.stderr.write(`${line}\n`)));
}

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

/** `/tv/Even%20Show%200001/Season%202/…`, of an episode's file. */
function seasonOf(target: string): { readonly show: string; readonly season: string } {
  const [, show = '', season = ''] = /^\/tv\/([^/]+)\/([^/]+)\//.exec(target) ?? [];
  return { show, season: `${show}/${season}` };
}

test('episodes of several seasons and shows are read side by side, up to the limits of worker and server', async () => {
  // A season has one episode with two files: so many connections need so many jobs at a time, and those more than one show.
  const shows = 4;
  const limits = { episodeJobs: 10, connections: 20 };
  const { control, env } = await openStage(`${shows}x${SEASONS}x1`);
  // Nothing here depends on how fast anybody is: the answers are held until all that may be open is open.
  await control.faults.add({ match: '/Season%20\\d+/\\d+.*(metadata\\.json|\\.blurhash)', hold: true });
  const settings = {
    ...env,
    SYNC_HTTP_CONCURRENCY: String(limits.connections),
    SYNC_EPISODE_CONCURRENCY: String(limits.episodeJobs),
  };
  await startRealWorker(settings);
  const running = runCli(['scan'], settings, AbortSignal.timeout(120_000));
  let held: readonly string[] = [];
  const { open, maxConcurrent } = await waitFor(
    async () => {
      const stats = await control.stats();
      held = stats.held;
      return held.length >= limits.connections && stats;
    },
    { timeoutMs: 90_000, message: () => `all connections, of which these are used: ${held.join(', ')}` },
  );
  // All connections that the server is configured for and none more: fails when half of them, or twice as many, are used.
  expect({ open, maxConcurrent }).toEqual({ open: limits.connections, maxConcurrent: limits.connections });
  const places = held.map(seasonOf);
  // As many seasons as the worker may have jobs for: fails when it works on one at a time, or on those of one show.
  expect(new Set(places.map(({ season }) => season)).size).toBe(limits.episodeJobs);
  expect(new Set(places.map(({ show }) => show)).size).toBeGreaterThan(1);
  await control.faults.clear();
  expect(await running).toMatchObject({ status: 'done', created: shows * (1 + SEASONS * 2), failed: 0 });
}, 150_000);

test(`first sync of ${SHOWS} shows from a server with ${LATENCY_MS} ms latency: how busy its connections are`, async () => {
  const { control, env } = await openStage(`${SHOWS}x${SEASONS}x${EPISODES}`);
  await control.faults.setLatency(LATENCY_MS);
  const settings = { ...env, SYNC_HTTP_CONCURRENCY: String(CONNECTIONS) };
  await startRealWorker(settings);
  const began = performance.now();
  const running = runCli(['scan'], settings, AbortSignal.timeout(120_000));
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
  // Each file once: what is printed is about all of them and about nothing else.
  expect(requests).toBe(FILES);
  // How many are busy depends on the processors that the machine has left, so that it is printed; see above for what does not.
  expect(maxConcurrent).toBeLessThanOrEqual(CONNECTIONS);
}, 150_000);
