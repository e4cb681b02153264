import { DevServiceError, errorText } from '../dev-service-error';
import { unpackPackage } from '../packages/unpack-package';
import { findExecutable } from '../processes/find-executable';
import { howToInstallRedis } from './install-advice';
import type { FindRedisOptions, RedisBinary } from './redis-binary';

/** The redis-server of the PATH, else the one of the distribution's package, else REDIS_UNAVAILABLE. */
export async function findRedis(options: FindRedisOptions): Promise<RedisBinary> {
  const onPath = findExecutable('redis-server', options.env);
  if (onPath !== undefined) return { command: onPath, env: {}, origin: 'path' };
  if (
    findExecutable('apt-get', options.env) === undefined ||
    findExecutable('dpkg-deb', options.env) === undefined
  ) {
    throw await unavailable('there is none on the PATH');
  }
  try {
    return await unpackRedis(options);
  } catch (error) {
    throw await unavailable(
      `there is none on the PATH and the distribution's package could not be fetched (${errorText(error)})`,
      error,
    );
  }
}

export async function unpackRedis(options: FindRedisOptions): Promise<RedisBinary> {
  const wanted = {
    name: 'redis-server',
    title: 'Redis',
    parts: ['redis-tools'],
    program: 'usr/bin/redis-server',
  };
  return { ...(await unpackPackage(wanted, { ...options, folder: 'redis' })), origin: 'package' };
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
