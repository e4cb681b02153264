import type { CleanupReport } from './cleanup-report';
import { configOfProcess } from './process-config';
import type { ServerReference } from './server-reference';
import type { BatchSyncResult, SyncOptions } from './sync-batch';
import type { SyncStats } from '../statistics/sync-stats';
import { SyncManager } from './sync-manager';

/**
 * The manager of this process, over the settings of its environment; nothing is read or opened before it is needed.
 * Servers may be configured, or be described in each call.
 */
export const syncManager = new SyncManager({ config: configOfProcess });

export function syncMoviesWithNewArchitecture(
  titles: readonly string[],
  server: ServerReference,
  fieldAvailability?: object,
  options?: SyncOptions,
): Promise<BatchSyncResult> {
  return syncManager.syncMovies(titles, server, fieldAvailability, options);
}

export function syncTVShowsWithNewArchitecture(
  titles: readonly string[],
  server: ServerReference,
  fieldAvailability?: object,
  options?: SyncOptions,
): Promise<BatchSyncResult> {
  return syncManager.syncTVShows(titles, server, fieldAvailability, options);
}

export function getSyncSystemStats(): Promise<SyncStats> {
  return syncManager.getSyncStats();
}

export function cleanupMovies(
  availableTitles: readonly string[],
  server: ServerReference,
): Promise<CleanupReport> {
  return syncManager.cleanupMovies(availableTitles, server);
}
