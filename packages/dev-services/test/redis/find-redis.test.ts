import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { toInstall } from '../../src/packages/apt-simulation';
import { findRedis, unpackRedis } from '../../src/redis/find-redis';
import { linuxCommand } from '../../src/redis/install-advice';
import { runCommand } from '../../src/processes/run-command';
import { CACHE_DIR, fakeProgram, useTemporaryFolders } from '../support/environment';
import { fakeApt } from '../support/fake-apt';

const newFolder = useTemporaryFolders();

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('finding redis-server', () => {
  it('takes the one on the PATH first', async () => {
    const folder = newFolder();
    fakeProgram(folder, 'redis-server', '');
    const binary = await findRedis({
      cacheDir: newFolder(),
      env: { PATH: folder },
      log: () => undefined,
      root: true,
    });
    expect(binary).toEqual({ command: join(folder, 'redis-server'), env: {}, origin: 'path' });
  });

  it.each([
    ['root', true],
    ['others', false],
  ])(
    'says in one sentence what to install where there is neither redis-server nor apt, to %s',
    async (_, root) => {
      const error = await failure(
        findRedis({ cacheDir: newFolder(), env: { PATH: newFolder() }, log: () => undefined, root }),
      );
      expect(error).toMatchObject({
        code: 'REDIS_UNAVAILABLE',
        message: expect.stringMatching(
          /^Reelsync needs redis-server, but there is none on the PATH: .*install.*, or set REDIS_URL to a Redis that runs\.$/,
        ),
      });
    },
  );

  it.each([
    ['root', true],
    ['others', false],
  ])('names to %s what apt said when the package cannot be fetched, and leaves no files', async (_, root) => {
    const programs = newFolder();
    fakeProgram(programs, 'apt-get', 'console.error("E: Unable to locate package"); process.exit(100);');
    fakeProgram(programs, 'dpkg-deb', '');
    const cacheDir = newFolder();
    const messages: string[] = [];
    const error = await failure(
      findRedis({ cacheDir, env: { PATH: programs }, log: (message) => messages.push(message), root }),
    );
    expect(error).toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      message: expect.stringContaining('E: Unable to locate package'),
    });
    expect(messages).toContain(
      'The package lists are missing or outdated; fetching them (this can take a minute)',
    );
    expect(readdirSync(join(cacheDir, 'redis'))).toEqual([]);
  });

  it('unpacks anew what was kept but does not run here', async () => {
    const cacheDir = newFolder();
    const programs = newFolder();
    fakeApt(programs, { version: '1:1.0' });
    const options = { cacheDir, env: { PATH: programs }, log: () => undefined, root: false };
    const first = await unpackRedis(options);
    expect(first.command).toBe(join(cacheDir, 'redis', '1_1.0', 'usr', 'bin', 'redis-server'));
    fakeProgram(join(cacheDir, 'redis', '1_1.0', 'usr', 'bin'), 'redis-server', 'process.exit(1)');
    fakeApt(programs, { version: '1:2.0' });
    await unpackRedis(options);
    expect(readdirSync(join(cacheDir, 'redis'))).toEqual(['1_2.0']);
  });
});

// Uses the network when the cache of the project is empty.
describe('the package of the distribution', () => {
  it('is downloaded and unpacked without installing it, once', async () => {
    const options = { cacheDir: CACHE_DIR, env: process.env, root: false };
    await unpackRedis({ ...options, log: () => undefined });
    const messages: string[] = [];
    const { command, env, origin } = await unpackRedis({
      ...options,
      log: (message) => messages.push(message),
    });
    expect(messages).toEqual([]);
    expect(origin).toBe('package');
    expect(await runCommand(command, ['--version'], { env, timeoutMs: 5_000 })).toMatch(/^Redis server v=\d/);
  }, 300_000);
});

it('reads new and upgraded packages from the simulation of apt-get', () => {
  const simulation = [
    'Reading package lists...',
    'Inst libssl3 [3.0.15-1] (3.0.17-1~deb12u2 Debian-Security:12/stable [amd64])',
    'Inst redis-server (5:7.0.15-1~deb12u7 Debian:12.14/oldstable [amd64])',
    'Conf redis-server (5:7.0.15-1~deb12u7 Debian:12.14/oldstable [amd64])',
  ].join('\n');
  expect(toInstall(simulation)).toEqual([
    { name: 'libssl3', version: '3.0.17-1~deb12u2', replaces: '3.0.15-1' },
    { name: 'redis-server', version: '5:7.0.15-1~deb12u7' },
  ]);
});

it.each([
  ['ID=debian', 'sudo apt-get install redis-server'],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"', 'sudo apt-get install redis-server'],
  ['NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"', 'sudo dnf install redis'],
  ['ID=something', undefined],
])('advises for %j', (osRelease, command) => {
  expect(linuxCommand(osRelease)).toBe(command);
});
