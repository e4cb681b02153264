import { randomUUID } from 'node:crypto';
import { mkdir, readlink, rename, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { installPackage } from '../packages/install-package';
import { findExecutable } from '../processes/find-executable';
import { runCommand } from '../processes/run-command';
import type { FindRedisOptions, RedisBinary } from './redis-binary';

/**
 * The server is in `redis-tools` on Debian and Ubuntu: one program that is a server or a checker depending on the name
 * it is called by. The package `redis-server` adds a link to it, and the service on port 6379 that nobody here wants.
 */
const REDIS_TOOLS = { name: 'redis-tools', title: 'Redis', program: 'usr/bin/redis-check-rdb' };
const CHECKER = 'redis-check-rdb';
const VERSION_TIMEOUT_MS = 10_000;

/** The server inside an installed `redis-tools`, under its right name. */
export async function installedRedis({ cacheDir, env }: FindRedisOptions): Promise<RedisBinary | undefined> {
  const checker = findExecutable(CHECKER, env);
  if (checker === undefined) return undefined;
  const command = await linkTo(checker, resolve(cacheDir, 'redis-installed'));
  // Any other program of that name is no server.
  const version = await runCommand(command, ['--version'], { env, timeoutMs: VERSION_TIMEOUT_MS }).catch(
    () => '',
  );
  return version.includes(' server v=') ? { command, env: {}, origin: 'package' } : undefined;
}

/** For root. Adds programs to the system and neither a service nor anything that runs. */
export async function installRedis(options: FindRedisOptions): Promise<RedisBinary> {
  const { cacheDir, env, log } = options;
  await installPackage(REDIS_TOOLS, { cacheDir, folder: 'redis', env, log });
  const installed = await installedRedis(options);
  if (installed === undefined) throw new Error(`no ${CHECKER} of ${REDIS_TOOLS.name} runs as a server`);
  return installed;
}

async function linkTo(program: string, folder: string): Promise<string> {
  const link = join(folder, 'redis-server');
  if ((await readlink(link).catch(() => undefined)) === program) return link;
  await mkdir(folder, { recursive: true });
  // Replaced in one step, because another start may be using it.
  const made = `${link}.${randomUUID()}`;
  await symlink(program, made);
  await rename(made, link);
  return link;
}
