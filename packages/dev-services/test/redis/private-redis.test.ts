import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { spawnService, startPrivateRedis, type PrivateRedis } from '@reelsync/dev-services';
import { Redis } from 'ioredis';

import { waitFor } from '../../../../tests/support';
import { BUILT_PACKAGE, CACHE_DIR, isRunning, useTemporaryFolders } from '../support/environment';

const newFolder = useTemporaryFolders();
const started: PrivateRedis[] = [];
const unguarded: number[] = [];

afterEach(async () => {
  for (const pid of unguarded.splice(0)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  await Promise.all(started.splice(0).map((redis) => redis.stop()));
});

async function start(dataDir: string): Promise<PrivateRedis> {
  const redis = await startPrivateRedis({ dataDir, cacheDir: CACHE_DIR });
  started.push(redis);
  return redis;
}

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

const setting = async (client: Redis, name: string): Promise<string | undefined> =>
  (await client.config('GET', name))[1];

const pidOf = (url: string): Promise<number> =>
  withClient(url, async (client) => Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]));

/** A process that starts a private Redis and then waits for its end. */
async function startInProcess(dataDir: string) {
  const script = `
    const { startPrivateRedis } = require(${JSON.stringify(BUILT_PACKAGE)});
    startPrivateRedis(${JSON.stringify({ dataDir, cacheDir: CACHE_DIR })}).then(({ url }) => console.log(url));
  `;
  const parent = await spawnService({
    name: 'the parent',
    command: process.execPath,
    args: ['-e', script],
    ready: (line) => (line.startsWith('redis://') ? line : undefined),
  });
  return { parent, url: parent.value, redisPid: await pidOf(parent.value) };
}

describe('private Redis', () => {
  it('keeps an append-only file, evicts nothing, takes no snapshots and listens on the loopback only', async () => {
    const { url } = await start(newFolder());
    await withClient(url, async (client) => {
      expect(await setting(client, 'appendonly')).toBe('yes');
      expect(await setting(client, 'appendfsync')).toBe('everysec');
      expect(await setting(client, 'maxmemory-policy')).toBe('noeviction');
      expect(await setting(client, 'save')).toBe('');
      expect(await setting(client, 'bind')).toBe('127.0.0.1');
    });
  });

  it('wants a password, which no other user can read in a file or a command line', async () => {
    const dataDir = newFolder();
    const { url, port } = await start(dataDir);
    const password = new URL(url).password;
    expect(password).toHaveLength(48);
    await withClient(`redis://127.0.0.1:${port}`, (client) =>
      expect(client.ping()).rejects.toThrow(/NOAUTH/),
    );
    for (const file of ['password', 'redis.conf']) {
      expect(statSync(join(dataDir, 'redis', file)).mode & 0o777).toBe(0o600);
    }
    const commandLines = execFileSync('sh', [
      '-c',
      'cat /proc/[0-9]*/cmdline 2>/dev/null || true',
    ]).toString();
    expect(commandLines).not.toContain(password);
  });

  it('finds its data and its password again after a stop, in a folder whose name needs quoting', async () => {
    const dataDir = join(newFolder(), 'with space and "quotes"');
    const first = await start(dataDir);
    await withClient(first.url, (client) => client.set('title', 'Metropolis'));
    await first.stop();
    const second = await start(dataDir);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await withClient(second.url, (client) => client.get('title'))).toBe('Metropolis');
  });

  it('comes back on the same port with its data after an outage', async () => {
    const redis = await start(newFolder());
    await withClient(redis.url, (client) => client.set('title', 'Metropolis'));
    await redis.kill();
    await withClient(redis.url, (client) => expect(client.ping()).rejects.toThrow());
    await redis.restart();
    expect(await withClient(redis.url, (client) => client.get('title'))).toBe('Metropolis');
  });

  it('refuses a second start on the same folder with one clear error and leaves the first alone', async () => {
    const dataDir = newFolder();
    const { url } = await start(dataDir);
    await expect(start(dataDir)).rejects.toMatchObject({
      code: 'DATA_FOLDER_IN_USE',
      message: expect.stringContaining(`started by process ${process.pid}`),
    });
    expect(await withClient(url, (client) => client.ping())).toBe('PONG');
  });

  it('may be stopped twice and leaves nothing but its data', async () => {
    const dataDir = newFolder();
    const redis = await start(dataDir);
    const pid = await pidOf(redis.url);
    await Promise.all([redis.stop(), redis.stop()]);
    expect(isRunning(pid)).toBe(false);
    expect(() => readFileSync(join(dataDir, 'redis', 'owner.json'))).toThrow('ENOENT');
  });

  it('does not outlive a parent that was killed with SIGKILL', async () => {
    const { parent, redisPid } = await startInProcess(newFolder());
    parent.kill('SIGKILL');
    await waitFor(() => !isRunning(redisPid), { message: 'the end of Redis' });
  });

  it('survives Ctrl-C in the terminal of its parent, which has to stop it in order', async () => {
    const { parent, url } = await startInProcess(newFolder());
    // A terminal sends SIGINT to the whole foreground group; Redis must not be a member.
    execFileSync('kill', ['-STOP', String(parent.pid)]);
    execFileSync('kill', ['-INT', '--', String(-parent.pid)]);
    expect(await withClient(url, (client) => client.ping())).toBe('PONG');
    parent.kill('SIGKILL');
    await parent.exited;
  });

  it('replaces a Redis that a killed parent left behind, with its data', async () => {
    const dataDir = newFolder();
    const { parent, url, redisPid } = await startInProcess(dataDir);
    await withClient(url, (client) => client.set('title', 'Metropolis'));
    // Without its guard, Redis stays behind.
    unguarded.push(redisPid);
    for (const pid of groupOf(redisPid)) if (pid !== redisPid) process.kill(pid, 'SIGKILL');
    parent.kill('SIGKILL');
    await parent.exited;
    expect(isRunning(redisPid)).toBe(true);
    const redis = await start(dataDir);
    expect(isRunning(redisPid)).toBe(false);
    expect(await withClient(redis.url, (client) => client.get('title'))).toBe('Metropolis');
  });
});

function groupOf(leader: number): number[] {
  const stats = execFileSync('sh', ['-c', 'cat /proc/[0-9]*/stat 2>/dev/null || true']).toString();
  return [...stats.matchAll(/^(\d+) \(.*\) \S \d+ (\d+)/gm)]
    .filter(([, , group]) => Number(group) === leader)
    .map(([, pid]) => Number(pid));
}
