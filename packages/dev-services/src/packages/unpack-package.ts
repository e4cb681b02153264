import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import { systemCode } from '../dev-service-error';
import { runCommand } from '../processes/run-command';
import { downloadPackages } from './apt-download';
import type { DistributionPackage, PackagedProgram, PackageOptions } from './distribution-package';

const UNPACK_TIMEOUT_MS = 60_000;
const VERSION_TIMEOUT_MS = 10_000;

/**
 * A program of the distribution's package, downloaded and unpacked into a folder of the cache, where the next start
 * finds it. Needs no root and changes nothing else.
 */
export async function unpackPackage(
  wanted: DistributionPackage,
  options: PackageOptions,
): Promise<PackagedProgram> {
  const kept = await findUnpacked(wanted, options);
  if (kept !== undefined) return kept;
  const home = homeOf(options);
  // Work in a folder of our own, so that two first starts at the same time do not see each other's halves.
  const work = join(home, `.unpacking-${randomUUID()}`);
  try {
    await mkdir(work);
    const { version, files } = await downloadPackages({ wanted, work, env: options.env, log: options.log });
    const root = join(work, 'root');
    options.log(`Unpacking ${wanted.title}`);
    for (const file of files) {
      await runCommand('dpkg-deb', ['-x', file, root], { env: options.env, timeoutMs: UNPACK_TIMEOUT_MS });
    }
    await checkRuns(await programIn(wanted, root), options.env);
    return await keep(wanted, root, join(home, folderName(version)));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The first kept version that still runs; a folder copied from another system does not, and is unpacked anew. */
export async function findUnpacked(
  wanted: DistributionPackage,
  options: PackageOptions,
): Promise<PackagedProgram | undefined> {
  const home = homeOf(options);
  await mkdir(home, { recursive: true });
  for (const name of await readdir(home)) {
    if (name.startsWith('.')) continue;
    const program = await programIn(wanted, join(home, name));
    try {
      await checkRuns(program, options.env);
      return program;
    } catch {
      await rm(join(home, name), { recursive: true, force: true });
    }
  }
  return undefined;
}

function homeOf({ cacheDir, folder }: PackageOptions): string {
  return resolve(cacheDir, folder);
}

async function keep(wanted: DistributionPackage, root: string, target: string): Promise<PackagedProgram> {
  try {
    await rename(root, target);
  } catch (error) {
    // Another start was faster; its copy has been checked just like ours.
    if (systemCode(error) !== 'ENOTEMPTY') throw error;
  }
  return programIn(wanted, target);
}

async function checkRuns(program: PackagedProgram, env: NodeJS.ProcessEnv): Promise<void> {
  await runCommand(program.command, ['--version'], {
    env: { ...env, ...program.env },
    timeoutMs: VERSION_TIMEOUT_MS,
  });
}

async function programIn({ program }: DistributionPackage, root: string): Promise<PackagedProgram> {
  const folders = await Promise.all(['usr/lib', 'lib'].map((folder) => libraryFolders(join(root, folder))));
  return { command: join(root, program), env: { LD_LIBRARY_PATH: folders.flat().join(':') } };
}

/** Debian keeps shared libraries in a folder named after the architecture; a few packages in one of their own below it. */
async function libraryFolders(folder: string): Promise<string[]> {
  const ofArchitecture = (await subfolders(folder)).filter((path) => basename(path).includes('-linux-'));
  const below = await Promise.all(ofArchitecture.map(subfolders));
  return [...ofArchitecture, ...below.flat()];
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}

/** Versions hold colons, which separate the entries of LD_LIBRARY_PATH. */
function folderName(version: string): string {
  return version.replace(/[^\w.+~-]/g, '_');
}
