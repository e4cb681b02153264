import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { FileServers } from '@reelsync/file-server';
import { FlatSync } from '@reelsync/sync';
import type { OpenEngine } from './open-engine';

/** The traditional fallback: one thing after the other. */
export const openFlatEngine: OpenEngine = async (config) => {
  const database = new DatabaseAdapter(
    await connectDatabase({ ...config.database, appName: 'reelsync-bench-flat' }),
  );
  const fileServers = new FileServers({ servers: config.servers });
  const flat = new FlatSync({
    database,
    fileServers,
    servers: config.servers,
    fieldCleanup: config.sync.fieldCleanup,
    maxShrinkFraction: config.sync.maxShrinkFraction,
    now: () => new Date(),
  });
  return {
    run: async () => {
      const { failed } = (await flat.syncAll()).summary;
      return { failed };
    },
    close: async () => {
      await fileServers.close();
      await database.close();
    },
  };
};
