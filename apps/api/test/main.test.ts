import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectDatabase, DeliveryRepository } from '@reelsync/database';
import { startPrivateRedis } from '@reelsync/dev-services';
import { createQueues, createRedisConnection } from '@reelsync/queue';

import { testMongoUri, testRedisUrl, uniqueName, waitFor } from '../../../tests/support';
import { ENVIRONMENT, IDS, json } from './support';

const MAIN = join(__dirname, '../dist/main.js');
const CACHE = join(__dirname, '../../../.reelsync/cache');

let cwd: string;
let child: ChildProcess | undefined;
let stdout: string;
let stderr: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'reelsync-api-'));
});
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(cwd, { recursive: true });
});

function start(env: Record<string, string>): ChildProcess {
  stdout = '';
  stderr = '';
  const process_ = spawn(process.execPath, [MAIN], { cwd, env: { PATH: process.env['PATH'], ...env } });
  process_.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  process_.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child = process_;
  return process_;
}

async function urlOf(process_: ChildProcess): Promise<string> {
  const line = await waitFor(
    () => {
      if (process_.exitCode !== null) throw new Error('it ended');
      return stdout.includes('\n') ? stdout : undefined;
    },
    { message: () => `the API to listen; so far: ${stderr}`, timeoutMs: 20_000 },
  );
  return (JSON.parse(line) as { url: string }).url;
}

function installation() {
  return {
    ...ENVIRONMENT,
    MONGODB_URI: testMongoUri(),
    MONGODB_CATALOGUE_NAME: uniqueName('media'),
    MONGODB_STATE_NAME: uniqueName('state'),
    MONGODB_SETTINGS_NAME: uniqueName('settings'),
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: uniqueName('api'),
    API_PORT: '0',
  };
}

async function exitOf(process_: ChildProcess): Promise<unknown> {
  const [code] = (await once(process_, 'exit')) as [number | null];
  return code;
}

async function cleanUp(env: ReturnType<typeof installation>): Promise<void> {
  const connection = createRedisConnection(env.REDIS_URL, 'worker');
  for (const queue of Object.values(createQueues({ connection, prefix: env.REDIS_PREFIX }))) {
    await queue.obliterate({ force: true });
    await queue.close();
  }
  connection.disconnect();
}

test('the process: one line on stdout, webhook to run and job, SIGTERM ends it in order', async () => {
  const env = installation();
  const process_ = start(env);
  const url = await urlOf(process_);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/user admin, password \S{20}\n/);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);

  const deliver = (id: string) =>
    fetch(`${url}/api/authenticated/admin/sync`, {
      method: 'POST',
      headers: { 'X-Webhook-ID': id },
      body: '{}',
    });
  const [first, second] = [await deliver(IDS.default), await deliver(IDS.default)];
  const answers = [await json(first), await json(second)];
  expect([first.status, second.status, answers[0]]).toMatchObject([202, 202, { started: true }]);
  expect((await deliver('wrong')).status).toBe(401);

  const database = await connectDatabase({ uri: env.MONGODB_URI, stateName: env.MONGODB_STATE_NAME });
  const deliveries = new DeliveryRepository(database.state);
  await waitFor(async () => (await deliveries.countPending()) === 0, { message: 'both to be on the queue' });
  const lines = await Promise.all(answers.map(({ deliveryId }) => deliveries.get(String(deliveryId))));
  const runs = await database.state.collection('runs').find({ trigger: 'webhook' }).toArray();
  await database.state.dropDatabase();
  await database.close();
  expect(runs).toHaveLength(2);
  expect(runs.map(({ _id }) => String(_id)).sort()).toEqual(
    lines.flatMap((line) => line?.runIds ?? []).sort(),
  );

  const exit = exitOf(process_);
  process_.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(stderr).not.toMatch(/id-of-/);
  await cleanUp(env);
});

test('Redis goes away and comes back: accepted all the while, one line in the log; a stop without Redis is clean', async () => {
  const redis = await startPrivateRedis({ dataDir: cwd, cacheDir: CACHE });
  try {
    const env = { ...installation(), REDIS_URL: redis.url };
    const process_ = start(env);
    const url = await urlOf(process_);
    const deliver = () =>
      fetch(`${url}/api/authenticated/admin/sync`, {
        method: 'POST',
        headers: { 'X-Webhook-ID': IDS.default },
      });
    await redis.kill();
    expect((await deliver()).status).toBe(202);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await json(ready)]).toMatchObject([503, { reasons: [{ part: 'redis' }] }]);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await redis.restart();
    const database = await connectDatabase({ uri: env.MONGODB_URI, stateName: env.MONGODB_STATE_NAME });
    const deliveries = new DeliveryRepository(database.state);
    await waitFor(async () => (await deliveries.countPending()) === 0, { message: 'the inbox to be empty' });
    expect(await deliveries.list({ limit: 5 })).toMatchObject([{ outcome: 'accepted' }]);
    await database.state.dropDatabase();
    await database.close();
    await waitFor(() => stderr.includes('redis is back'));
    expect(stderr.match(/ECONNREFUSED.*redis error/g)).toHaveLength(1);
    await redis.kill();
    const exit = exitOf(process_);
    process_.kill('SIGINT');
    expect(await exit).toBe(0);
    expect(stderr).not.toContain(new URL(redis.url).password);
  } finally {
    await redis.stop();
  }
});

test('wrong settings: all of them on stderr, nothing on stdout, exit code 2', async () => {
  const process_ = start({ API_PORT: 'high', REDIS_URL: 'http://hunter2' });
  expect(await exitOf(process_)).toBe(2);
  expect(stderr).toMatch(/API_PORT: expected a port/);
  expect(stderr).toMatch(/REDIS_URL: expected/);
  expect(stderr).toMatch(/MONGODB_URI: missing/);
  expect(stderr).not.toContain('hunter2');
  expect(stdout).toBe('');
});

test('a port that is taken: exit code 1, everything else is closed again', async () => {
  const blocker = createServer();
  blocker.listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const address = blocker.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const process_ = start({ ...installation(), API_PORT: port });
  expect(await exitOf(process_)).toBe(1);
  expect(stderr).toContain('EADDRINUSE');
  expect(stdout).toBe('');
  blocker.close();
});
