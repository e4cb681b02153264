import { SyncEventBus } from '@reelsync/core';
import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { FileServers } from '@reelsync/file-server';
import { DirectSync } from '@reelsync/sync';
import { ObjectId } from 'mongodb';
import { readDocuments, recordUrls, savePlan } from './floor-plan';
import type { OpenEngine } from './open-engine';

/** Direct mode: the pipelines of the workers in this process. With a file name it also notes what the floor has to do. */
export const openDirectEngine: OpenEngine = async (config, [planFile]) => {
  const connection = await connectDatabase({ ...config.database, appName: 'reelsync-bench-direct' });
  const database = new DatabaseAdapter(connection);
  const fileServers = new FileServers({ servers: config.servers });
  const direct = new DirectSync({
    servers: config.servers,
    database,
    fileServers,
    ...config.sync,
    bus: new SyncEventBus(),
    now: () => new Date(),
    random: Math.random,
  });
  return {
    run: async () => {
      const recording = planFile === undefined ? undefined : recordUrls();
      const { ends, failure } = await direct.scan(
        config.servers.map(({ id }) => id),
        {
          runId: new ObjectId().toHexString(),
          serverId: 'server-all',
          concurrency: config.worker.concurrency.movies,
          force: false,
          signal: new AbortController().signal,
        },
      );
      if (failure !== undefined) throw failure;
      if (recording !== undefined && planFile !== undefined)
        await savePlan(planFile, { urls: recording.stop(), collections: await readDocuments(connection) });
      return { failed: ends.filter(({ outcome }) => outcome === 'failed').length };
    },
    close: async () => {
      await fileServers.close();
      await database.close();
    },
  };
};
