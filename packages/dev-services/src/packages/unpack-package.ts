import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import { systemCode } from '../dev-service-error';
import { runCommand } from '../processes/run-command';
import { downloadPackages, type DistributionPackage } from './apt-download';

const UNPACK_TIMEOUT_MS = 60_000;
const VERSION_TIMEOUT_MS = 10_000;

export interface UnpackOptions {
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (message: string) => void;
}

export interface UnpackedProgram {
  readonly command: string;
  /** What the program needs beside the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A program of the distribution's package, downloaded and unpacked into a folder of the cache, where the next start
 * finds it. Root gets no other treatment: installing a package can start and enable services, and changes the system.
 */
export async function unpackPackage(
  wanted: DistributionPackage,
  { folder, ...options }: UnpackOptions & { readonly folder: string },
): Promise<UnpackedProgram> {
  const home = resolve(options.cacheDir, folder);
  await mkdir(home, { recursive: true });
  const kept = await findUnpacked(wanted, home, options.env);
  if (kept !== undefined) return kept;
  // Work in a folder of our own, so that two first starts at the same time do not see each other's halves.
  const work = join(home, `.unpacking-${randomUUID()}`);
  try {
    await mkdir(work);
    const { version, files } = await downloadPackages({ ...options, wanted, work });
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
async function findUnpacked(
  wanted: DistributionPackage,
  home: string,
  env: NodeJS.ProcessEnv,
): Promise<UnpackedProgram | undefined> {
  for (const name of await readdir(home)) {
    if (name.startsWith('.')) continue;
    const program = await programIn(wanted, join(home, name));
    try {
      await checkRuns(program, env);
      return program;
    } catch {
      await rm(join(home, name), { recursive: true, force: true });
    }
  }
  return undefined;
}

async function keep(wanted: DistributionPackage, root: string, target: string): Promise<UnpackedProgram> {
  try {
    await rename(root, target);
  } catch (error) {
    // Another start was faster; its copy has been checked just like ours.
    if (systemCode(error) !== 'ENOTEMPTY') throw error;
  }
  return programIn(wanted, target);
}

async function checkRuns(program: UnpackedProgram, env: NodeJS.ProcessEnv): Promise<void> {
  await runCommand(program.command, ['--version'], {
    env: { ...env, ...program.env },
    timeoutMs: VERSION_TIMEOUT_MS,
  });
}

async function programIn({ program }: DistributionPackage, root: string): Promise<UnpackedProgram> {
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
