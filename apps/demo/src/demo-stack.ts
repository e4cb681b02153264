import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { startDevServices } from '@reelsync/dev-services';
import type { Lifecycle } from '@reelsync/runtime';
import type { DemoOptions } from './demo-options';
import { openDemoState } from './demo-state';
import type { DemoStage } from './demo-steps';
import { PATHS } from './paths';
import { demoEnvironment, startApi, startWorker } from './reelsync-processes';
import { startSampleServers } from './sample-servers';

export interface DemoStack extends DemoStage {
  readonly adminPassword: string;
  readonly origins: { readonly redis: string; readonly database: string };
}

/** Starts everything in order of need; the lifecycle stops it in the reverse order, data last. */
export async function startDemoStack(
  options: DemoOptions,
  lifecycle: Lifecycle,
  say: (line: string) => void,
): Promise<DemoStack> {
  const state = await openDemoState(options);
  lifecycle.onStop('demo data', () => state.discard());
  const services = await startDevServices({ dataDir: state.dataDir, cacheDir: PATHS.cache, log: say });
  lifecycle.onStop('redis and database', () => services.stop());
  say(`redis: ${services.redis.origin}, database: ${services.database.origin}`);

  const servers = await startSampleServers({
    ...state.identity,
    titles: options.titles,
    onLog: () => undefined,
  });
  lifecycle.onStop('sample servers', async () => {
    await Promise.all(servers.map(({ process }) => process.stop()));
  });
  const ports = servers.map(({ baseUrl }) => Number(new URL(baseUrl).port));
  await state.remember([ports[0] ?? 0, ports[1] ?? 0]);
  say(
    `sample servers: ${servers.map(({ id, baseUrl, prefix }) => `${id} at ${baseUrl}${prefix}`).join(', ')}`,
  );

  const env = demoEnvironment(services, servers, state);
  const connection = await connectDatabase({
    uri: services.database.uri,
    catalogueName: state.namespace,
    stateName: `${state.namespace}State`,
    appName: 'reelsync-demo',
  });
  const database = new DatabaseAdapter(connection);
  lifecycle.onStop('database connection', async () => {
    if (options.once)
      await Promise.all([connection.catalogue.dropDatabase(), connection.state.dropDatabase()]);
    await database.close();
  });
  await database.initialize();
  const api = await startApi(env, say);
  lifecycle.onStop('api', async () => void (await api.stop()));
  const worker = await startWorker(env, say);
  lifecycle.onStop('worker', async () => void (await worker.stop()));
  return {
    env,
    connection,
    database,
    servers,
    apiUrl: api.value,
    adminPassword: state.identity.adminPassword,
    origins: { redis: services.redis.origin, database: services.database.origin },
  };
}
