import { FileServers } from '@reelsync/file-server';
import { FlatSync } from '../flat/flat-sync';
import { newRunId } from '../manager/new-run-id';
import type { ComparedSync, ComparedWorld } from './direct-engine';

/** The traditional fallback: one thing after the other. */
export function openFlat({
  config,
  server,
  titles,
  database,
  fileServerOptions,
}: ComparedWorld): ComparedSync {
  const servers = [server];
  const fileServers = new FileServers({ ...fileServerOptions, servers });
  const { fieldCleanup, maxShrinkFraction } = config.sync;
  const now = (): Date => new Date();
  const flat = new FlatSync({
    database,
    fileServers,
    servers,
    fieldCleanup,
    maxShrinkFraction,
    now,
    newId: newRunId,
  });
  return {
    run: async () => {
      const { movies, tvShows, seasons, episodes } = await flat.syncToFlatStructure(
        titles,
        server,
        undefined,
        {
          skipInitialization: true,
        },
      );
      const errors = [movies, tvShows, seasons, episodes].flatMap((section) => section.errors);
      return { results: [], problems: errors.map(({ code, error }) => `${code}: ${error}`) };
    },
    close: () => fileServers.close(),
  };
}
