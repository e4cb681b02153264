import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { systemCode } from '../dev-service-error';
import { runCommand } from '../processes/run-command';
import { downloadRedisPackages } from './apt-download';
import type { FindRedisOptions, RedisBinary } from './redis-binary';

const UNPACK_TIMEOUT_MS = 60_000;
const VERSION_TIMEOUT_MS = 10_000;

/**
 * The redis-server of the distribution's package, downloaded and unpacked into the cache folder, where the next start
 * finds it. Root gets no other treatment: installing the package would start and enable a service on port 6379.
 */
export async function unpackRedisPackage(options: FindRedisOptions): Promise<RedisBinary> {
  const home = resolve(options.cacheDir, 'redis');
  await mkdir(home, { recursive: true });
  const kept = await findUnpacked(home, options.env);
  if (kept !== undefined) return kept;
  // Work in a folder of our own, so that two first starts at the same time do not see each other's halves.
  const work = join(home, `.unpacking-${randomUUID()}`);
  try {
    await mkdir(work);
    const { version, files } = await downloadRedisPackages({ ...options, work });
    const root = join(work, 'root');
    options.log('Unpacking Redis');
    for (const file of files) {
      await runCommand('dpkg-deb', ['-x', file, root], { env: options.env, timeoutMs: UNPACK_TIMEOUT_MS });
    }
    await checkRuns(await binaryIn(root), options.env);
    return await keep(root, join(home, folderName(version)));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The first kept version that still runs; a folder copied from another system does not, and is unpacked anew. */
async function findUnpacked(home: string, env: NodeJS.ProcessEnv): Promise<RedisBinary | undefined> {
  for (const name of await readdir(home)) {
    if (name.startsWith('.')) continue;
    const binary = await binaryIn(join(home, name));
    try {
      await checkRuns(binary, env);
      return binary;
    } catch {
      await rm(join(home, name), { recursive: true, force: true });
    }
  }
  return undefined;
}

async function keep(root: string, target: string): Promise<RedisBinary> {
  try {
    await rename(root, target);
  } catch (error) {
    // Another start was faster; its copy has been checked just like ours.
    if (systemCode(error) !== 'ENOTEMPTY') throw error;
  }
  return binaryIn(target);
}

async function checkRuns(binary: RedisBinary, env: NodeJS.ProcessEnv): Promise<void> {
  await runCommand(binary.command, ['--version'], {
    env: { ...env, ...binary.env },
    timeoutMs: VERSION_TIMEOUT_MS,
  });
}

async function binaryIn(root: string): Promise<RedisBinary> {
  const folders = await Promise.all(['usr/lib', 'lib'].map((folder) => libraryFolders(join(root, folder))));
  return {
    command: join(root, 'usr', 'bin', 'redis-server'),
    env: { LD_LIBRARY_PATH: folders.flat().join(':') },
    origin: 'package',
  };
}

/** Debian keeps shared libraries one level down, in a folder named after the architecture. */
async function libraryFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
    .map((entry) => join(folder, entry.name));
}

/** Versions hold colons, which separate the entries of LD_LIBRARY_PATH. */
function folderName(version: string): string {
  return version.replace(/[^\w.+~-]/g, '_');
}
