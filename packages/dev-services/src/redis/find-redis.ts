import { DevServiceError, errorText } from '../dev-service-error';
import { findUnpacked, unpackPackage } from '../packages/unpack-package';
import { findExecutable } from '../processes/find-executable';
import { howToInstallRedis } from './install-advice';
import { installedRedis, installRedis } from './installed-redis';
import type { FindRedisOptions, RedisBinary } from './redis-binary';

const REDIS_SERVER = {
  name: 'redis-server',
  title: 'Redis',
  parts: ['redis-tools'],
  program: 'usr/bin/redis-server',
};

/**
 * The redis-server of the PATH, else the one of the distribution's package: the one that is here already, else installed
 * by root, else unpacked into the cache. Else REDIS_UNAVAILABLE.
 */
export async function findRedis(options: FindRedisOptions): Promise<RedisBinary> {
  const onPath = findExecutable('redis-server', options.env);
  if (onPath !== undefined) return { command: onPath, env: {}, origin: 'path' };
  const present = (await installedRedis(options)) ?? (await unpackedRedis(options));
  if (present !== undefined) return present;
  if (
    findExecutable('apt-get', options.env) === undefined ||
    findExecutable('dpkg-deb', options.env) === undefined
  ) {
    throw await unavailable('there is none on the PATH');
  }
  try {
    return (options.root ? await installUnlessRefused(options) : undefined) ?? (await unpackRedis(options));
  } catch (error) {
    throw await unavailable(
      `there is none on the PATH and the distribution's package could not be fetched (${errorText(error)})`,
      error,
    );
  }
}

export async function unpackRedis(options: FindRedisOptions): Promise<RedisBinary> {
  return { ...(await unpackPackage(REDIS_SERVER, inCache(options))), origin: 'package' };
}

async function unpackedRedis(options: FindRedisOptions): Promise<RedisBinary | undefined> {
  const kept = await findUnpacked(REDIS_SERVER, inCache(options));
  return kept === undefined ? undefined : { ...kept, origin: 'package' };
}

/** Whatever stands in the way (a lock that somebody holds, a read-only system) does not stand in the way of unpacking. */
async function installUnlessRefused(options: FindRedisOptions): Promise<RedisBinary | undefined> {
  try {
    return await installRedis(options);
  } catch (error) {
    options.log(`Redis could not be installed (${errorText(error)}); trying to unpack it into the cache`);
    return undefined;
  }
}

function inCache({ cacheDir, env, log }: FindRedisOptions) {
  return { cacheDir, folder: 'redis', env, log };
}

async function unavailable(reason: string, cause?: unknown): Promise<DevServiceError> {
  const advice = await howToInstallRedis();
  return new DevServiceError(
    'REDIS_UNAVAILABLE',
    `Reelsync needs redis-server, but ${reason}: ${advice}`,
    advice,
    cause === undefined ? undefined : { cause },
  );
}
