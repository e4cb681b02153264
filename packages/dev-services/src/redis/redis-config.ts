import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { systemCode } from '../dev-service-error';

const OWNER_ONLY = 0o600;

/** The password of a data folder, made at its first use. */
export async function passwordOf(folder: string): Promise<string> {
  const file = join(folder, 'password');
  try {
    // Exclusive, so that a password in use is never replaced.
    await writeFile(file, randomBytes(24).toString('hex'), { mode: OWNER_ONLY, flag: 'wx' });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

/**
 * Writes the configuration file and returns its path. A file, because command lines can be read by every user.
 * The settings are those that BullMQ needs to lose nothing: an append-only file, and no eviction of keys.
 */
export async function writeRedisConfig(folder: string, port: number, password: string): Promise<string> {
  const file = join(folder, 'redis.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    `requirepass ${password}`,
    `dir ${quoted(folder)}`,
    'daemonize no',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
  ];
  await writeFile(file, `${lines.join('\n')}\n`, { mode: OWNER_ONLY });
  return file;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
