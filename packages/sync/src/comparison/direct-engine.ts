import type { ReelsyncConfig } from '@reelsync/config';
import type { MediaServer } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';
import type { FileServersOptions } from '@reelsync/file-server';
import { SyncManager } from '../manager/sync-manager';
import type { EngineOutcome } from './compared-engine';
import type { ComparedTitles } from './compared-titles';
import type { OpenedEngine } from './serve-engine';

export interface ComparedWorld {
  readonly config: ReelsyncConfig;
  readonly server: MediaServer;
  readonly titles: ComparedTitles;
  readonly database: DatabaseAdapter;
  readonly fileServerOptions: Omit<FileServersOptions, 'servers'>;
}

export type ComparedSync = OpenedEngine<Pick<EngineOutcome, 'results' | 'problems'>>;

/** The pipelines of the workers in this process, as `SyncManager` runs them in direct mode. */
export function openDirect({ config, server, titles, ...given }: ComparedWorld): ComparedSync {
  const manager = new SyncManager({ config: () => config, ...given });
  const options = { fileServerData: titles };
  return {
    run: async () => {
      const movies = await manager.syncMovies(Object.keys(titles.movies), { id: server.id }, {}, options);
      const shows = await manager.syncTVShows(Object.keys(titles.tv), { id: server.id }, {}, options);
      return {
        results: [...movies.results, ...shows.results],
        problems: [...movies.errors, ...shows.errors].map(({ code, message }) => `${code}: ${message}`),
      };
    },
    close: () => manager.shutdown(),
  };
}
