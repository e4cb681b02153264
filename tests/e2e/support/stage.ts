import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPrivateRedis, type PrivateRedis } from '@reelsync/dev-services';

import { PATHS, startSampleServers, type SampleServerProcess } from '@reelsync/dev-installation';

/** What the tests of one file share: two sample servers, each a process, and a Redis that may be wiped and stopped. */
export interface Stage {
  readonly redis: PrivateRedis;
  readonly servers: readonly [SampleServerProcess, SampleServerProcess];
  /** A folder for whatever a test writes; removed with the stage. */
  readonly folder: string;
  close(): Promise<void>;
}

export async function openStage(library: {
  readonly titles: number;
  readonly shows?: number;
}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'reelsync-e2e-'));
  const [redis, servers] = await Promise.all([
    startPrivateRedis({ dataDir: folder, cacheDir: PATHS.cache }),
    startSampleServers({
      ...library,
      ports: [0, 0],
      webhookIds: ['alpha-secret', 'beta-secret'],
      onLog: () => undefined,
    }),
  ]);
  return {
    redis,
    servers,
    folder,
    close: async () => {
      await Promise.all([redis.stop(), ...servers.map(({ process }) => process.stop())]);
      await rm(folder, { recursive: true });
    },
  };
}
