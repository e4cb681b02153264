import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { findRedis, unpackRedis } from '../../src/redis/find-redis';
import { fakeProgram, useTemporaryFolders } from '../support/environment';
import { aptCalls, fakeApt, installations, type FakeApt } from '../support/fake-apt';

const newFolder = useTemporaryFolders();

const UNPACKED = join('redis', '1_1.0', 'usr', 'bin', 'redis-server');

/** A machine with apt-get and nothing else. */
function machine(apt: FakeApt = {}) {
  const programs = newFolder();
  const cacheDir = newFolder();
  const messages: string[] = [];
  fakeApt(programs, apt);
  return {
    programs,
    cacheDir,
    messages,
    options: { cacheDir, env: { PATH: programs }, log: (message: string) => void messages.push(message) },
  };
}

describe('as root', () => {
  it('installs the package that has the server and no service, adding only', async () => {
    const { programs, cacheDir, messages, options } = machine();
    const binary = await findRedis({ ...options, root: true });

    const link = join(cacheDir, 'redis-installed', 'redis-server');
    expect(binary).toEqual({ command: link, env: {}, origin: 'package' });
    expect(readlinkSync(link)).toBe(join(programs, 'redis-check-rdb'));
    expect(aptCalls(programs).map(({ args }) => args.join(' '))).toEqual([
      '--quiet --simulate --no-install-recommends install redis-tools',
      '--quiet --option=Debug::NoLocking=true --assume-yes --download-only --no-install-recommends install redis-tools',
      '--quiet --assume-yes --no-remove --no-download --no-install-recommends install redis-tools',
    ]);
    expect(messages).toEqual([
      'Looking for Redis in the package lists of this system',
      'Installing redis-tools 1:1.0 with apt-get (2 packages, none with a service)',
    ]);
    expect(readdirSync(join(cacheDir, 'redis'))).toEqual([]);
  });

  it('asks no questions, waits 5 s for a lock, and restarts nothing', async () => {
    const { programs, options } = machine();
    await findRedis({ ...options, root: true });
    const [installation] = installations(programs);
    expect(installation?.env).toEqual({ DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' });
    expect(installation?.config).toContain('DPkg::Lock::Timeout "5";');
  });

  it('installs once; later starts, also those of other users, find it', async () => {
    const { programs, messages, options } = machine();
    const first = await findRedis({ ...options, root: true });
    const calls = aptCalls(programs).length;
    messages.length = 0;
    expect(await findRedis({ ...options, root: true })).toEqual(first);
    expect(await findRedis({ ...options, root: false })).toEqual(first);
    expect(aptCalls(programs)).toHaveLength(calls);
    expect(messages).toEqual([]);
  });

  it('uses what an earlier start unpacked before it changes the system', async () => {
    const { programs, options } = machine();
    const unpacked = await unpackRedis({ ...options, root: false });
    expect(await findRedis({ ...options, root: true })).toEqual(unpacked);
    expect(installations(programs)).toEqual([]);
  });

  it('unpacks when the installation fails, and says why in one line', async () => {
    const error = 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (apt)';
    const { cacheDir, messages, options } = machine({ installError: `Reading package lists...\n${error}` });
    const binary = await findRedis({ ...options, root: true });
    expect(binary).toMatchObject({ command: join(cacheDir, UNPACKED), origin: 'package' });
    expect(messages.filter((message) => message.includes('could not be installed'))).toEqual([
      `Redis could not be installed (apt-get install redis-tools: ${error}); trying to unpack it into the cache`,
    ]);
    expect(readdirSync(join(cacheDir, 'redis'))).toEqual(['1_1.0']);
  });

  it.each<[string, FakeApt, string]>([
    [
      'replaces a package that is in use',
      { simulation: ['Inst libssl3 [3.0.15-1] (3.0.17-1 Fake [all])'] },
      'it would replace libssl3',
    ],
    ['removes a package', { simulation: ['Remv keydb-tools [6.3]'] }, 'it would remove keydb-tools'],
    [
      'brings a unit of systemd',
      {
        contents: [
          'drwxr-xr-x root/root 0 2026-05-13 04:00 ./usr/lib/systemd/system/',
          '-rw-r--r-- root/root 1834 2026-05-13 04:00 ./usr/lib/systemd/system/redis-server.service',
        ],
      },
      'it would bring a service (/usr/lib/systemd/system/redis-server.service)',
    ],
    [
      'brings an init script',
      { contents: ['-rwxr-xr-x root/root 1610 2026-05-13 04:00 ./etc/init.d/redis-server'] },
      'it would bring a service (/etc/init.d/redis-server)',
    ],
    [
      'has the server elsewhere',
      {
        contents: [
          'drwxr-xr-x root/root 0 2026-05-13 04:00 ./usr/bin/redis-check-rdb/',
          'lrwxrwxrwx root/root 0 2026-05-13 04:00 ./usr/bin/redis-cli -> ./usr/bin/redis-check-rdb',
        ],
      },
      'it does not bring /usr/bin/redis-check-rdb',
    ],
  ])('unpacks, with nothing installed, when the package %s', async (_, apt, reason) => {
    const { programs, cacheDir, messages, options } = machine(apt);
    const { command } = await findRedis({ ...options, root: true });
    expect(command).toBe(join(cacheDir, UNPACKED));
    expect(installations(programs)).toEqual([]);
    expect(messages).toContain(
      `Redis could not be installed (${reason}); trying to unpack it into the cache`,
    );
  });
});

it('unpacks for everybody else, and installs nothing', async () => {
  const { programs, cacheDir, messages, options } = machine();
  const { command } = await findRedis({ ...options, root: false });
  expect(command).toBe(join(cacheDir, UNPACKED));
  expect(installations(programs)).toEqual([]);
  expect(messages).not.toContainEqual(expect.stringContaining('could not be installed'));
});

it('takes no redis-check-rdb for a server that is only a checker', async () => {
  const { programs, cacheDir, options } = machine();
  fakeProgram(programs, 'redis-check-rdb', 'console.log("redis-check-rdb 7.0.15");');
  expect((await findRedis({ ...options, root: false })).command).toBe(join(cacheDir, UNPACKED));
});
