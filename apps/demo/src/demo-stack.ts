import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import {
  databaseNames,
  dropDatabases,
  installationEnvironment,
  PATHS,
  redisPrefix,
  startApi,
  startSampleServers,
  startWorker,
} from '@reelsync/dev-installation';
import { claimDataFolder, startDevServices } from '@reelsync/dev-services';
import type { Lifecycle } from '@reelsync/runtime';
import type { DemoOptions } from './demo-options';
import { DemoQueues } from './demo-queues';
import { openDemoState } from './demo-state';
import type { DemoStage } from './demo-steps';
import { SCAN_INTERVAL, SCAN_SCHEDULES } from './schedule-step';
import { writeShellEnvironment } from './shell-environment';

export interface DemoStack extends DemoStage {
  readonly adminPassword: string;
  /** File to source before `npx reelsync …` is used on the demo. */
  readonly shellEnvironment: string;
}

/** Starts everything in order of need; the lifecycle stops it in the reverse order, data last. */
export async function startDemoStack(
  options: DemoOptions,
  lifecycle: Lifecycle,
  say: (line: string) => void,
): Promise<DemoStack> {
  const detail = (line: string): void => say(`  ${line}`);
  const state = await openDemoState(options);
  lifecycle.onStop('demo data', () => state.discard());
  const claim = await claimDataFolder(state.dataDir, 'The demo');
  lifecycle.onStop('data folder', () => claim.release());
  say('Starting Redis and a database …');
  const services = await startDevServices({ dataDir: state.dataDir, cacheDir: PATHS.cache, log: detail });
  lifecycle.onStop('redis and database', () => services.stop());
  if (services.redis.origin === 'REDIS_URL') detail('Redis of REDIS_URL');
  if (services.database.origin === 'MONGODB_URI') detail('Database of MONGODB_URI');

  say('Starting two sample file servers …');
  const servers = await startSampleServers({
    ...state.identity,
    titles: options.titles,
    shows: options.shows,
    onLog: () => undefined,
  });
  lifecycle.onStop('sample servers', async () => {
    await Promise.all(servers.map(({ process }) => process.stop()));
  });
  const [first, second] = servers;
  await state.remember([portOf(first.baseUrl), portOf(second.baseUrl)]);
  for (const { id, baseUrl, prefix } of servers) detail(`${id} at ${baseUrl}${prefix}`);

  say('Starting the API and a worker …');
  const identity = { namespace: state.namespace, adminPassword: state.identity.adminPassword };
  const env = {
    ...installationEnvironment(services, servers, identity),
    SYNC_SCHEDULE_SCAN: SCAN_INTERVAL,
  };
  const connection = await connectDatabase({
    uri: services.database.uri,
    ...databaseNames(state.namespace),
    appName: 'reelsync-demo',
  });
  const database = new DatabaseAdapter(connection);
  lifecycle.onStop('database connection', async () => {
    if (options.once) await dropDatabases(connection);
    await database.close();
  });
  await database.initialize();
  const known = await database.movies.count();
  if (known > 0) detail(`the catalogue of an earlier start is there: ${known} films`);
  const queues = new DemoQueues(services.redis.url, redisPrefix(state.namespace));
  lifecycle.onStop('queues', async () => {
    // A Redis of our own goes with its folder; a shared one must be as it was before.
    if (options.once && services.redis.origin === 'REDIS_URL') await queues.obliterate();
    await queues.close();
  });
  for (const schedule of SCAN_SCHEDULES) await database.schedules.pause(schedule, new Date(), 'the demo');
  const api = await startApi(env, say);
  lifecycle.onStop('api', async () => {
    await api.stop();
  });
  const worker = await startWorker(env, say);
  lifecycle.onStop('worker', async () => {
    await worker.stop();
  });
  return {
    env,
    connection,
    database,
    queues,
    servers,
    apiUrl: api.value,
    shellEnvironment: await writeShellEnvironment(state.dataDir, env),
    adminPassword: state.identity.adminPassword,
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
