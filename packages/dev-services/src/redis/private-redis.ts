import { realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { claimDataFolder, type DataFolderClaim } from '../processes/data-folder-claim';
import { asPortTaken, startOnFreePort } from '../processes/free-port';
import { spawnService, type SpawnedService } from '../processes/spawn-service';
import { findRedis } from './find-redis';
import type { RedisBinary } from './redis-binary';
import { passwordOf, writeRedisConfig } from './redis-config';
import { redisAnswers } from './redis-ping';

export interface PrivateRedisOptions {
  /** Redis keeps its files in the folder `redis` below it. */
  readonly dataDir: string;
  /** Where an unpacked distribution package is kept, or a link to the installed one. */
  readonly cacheDir: string;
  readonly log?: (message: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  /** Skips the search for a program. */
  readonly binary?: RedisBinary;
}

/** A Redis of our own: free port, password, append-only file, no eviction. It ends with this process. */
export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  readonly origin: RedisBinary['origin'];
  /** Ends Redis and gives the data folder back. May be called again. */
  stop(): Promise<void>;
  /** Simulates an outage: returns when Redis has ended (default SIGKILL). The port and the folder stay reserved. */
  kill(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Simulates a hang: connections stay open and nothing is answered, until `kill` or `restart`. */
  freeze(): void;
  /** Starts Redis again, on the same port and data; one that runs is ended first. */
  restart(): Promise<void>;
}

const NAME = 'The private Redis';

/** Starts a private Redis on the data of `dataDir`. */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  const { env = process.env, log = () => undefined } = options;
  const binary =
    options.binary ?? (await findRedis({ cacheDir: options.cacheDir, env, log, root: isRoot() }));
  const claim = await claimDataFolder(join(options.dataDir, 'redis'), NAME);
  try {
    const folder = await realpath(join(options.dataDir, 'redis'));
    const password = await passwordOf(folder);
    const run = (port: number): Promise<SpawnedService<true>> =>
      runRedis({ binary, env, folder, password, port, claim });
    const { port, service } = await startOnFreePort(async (port) => ({ port, service: await run(port) }));
    log(`Redis listens on 127.0.0.1:${port}, data in ${folder}`);
    return handleOf({ port, password, origin: binary.origin, claim, service, run });
  } catch (error) {
    await claim.release();
    throw error;
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function runRedis(options: {
  binary: RedisBinary;
  env: NodeJS.ProcessEnv;
  folder: string;
  password: string;
  port: number;
  claim: DataFolderClaim;
}): Promise<SpawnedService<true>> {
  const { binary, env, folder, password, port, claim } = options;
  const config = await writeRedisConfig(folder, port, password);
  try {
    const service = await spawnService({
      name: NAME,
      command: binary.command,
      args: [config],
      env: { ...env, ...binary.env },
      cwd: folder,
      endsWithParent: true,
      probe: async (signal) => (await redisAnswers(port, password, signal)) || undefined,
    });
    await claim.recordService(service.pid);
    return service;
  } catch (error) {
    throw asPortTaken(error, port);
  }
}

function handleOf(options: {
  port: number;
  password: string;
  origin: RedisBinary['origin'];
  claim: DataFolderClaim;
  service: SpawnedService<true>;
  run: (port: number) => Promise<SpawnedService<true>>;
}): PrivateRedis {
  const { port, password, origin, claim, run } = options;
  let { service } = options;
  let stopped: Promise<void> | undefined;
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    port,
    origin,
    stop: () => (stopped ??= service.stop().then(() => claim.release())),
    kill: async (signal = 'SIGKILL') => {
      service.kill(signal);
      await service.exited;
    },
    freeze: () => {
      service.kill('SIGSTOP');
    },
    restart: async () => {
      if (stopped !== undefined)
        throw new Error('This Redis has been stopped and its data folder given back');
      await service.stop();
      service = await run(port);
    },
  };
}
