import type { MovieSyncService } from '@reelsync/domain';
import type { JobHandler } from '@reelsync/queue';

/** `movie.sync`: brings one movie of the catalogue to what all servers hold. */
export function movieSyncHandler(service: Pick<MovieSyncService, 'syncMovie'>): JobHandler<'movie.sync'> {
  return async ({ title, runId, operations }, { signal }) => {
    const { outcome, changedFields, warnings } = await service.syncMovie(title, {
      signal,
      ...(runId === undefined ? {} : { runId }),
      ...(operations === undefined ? {} : { operations }),
    });
    return { outcome, changedFields: [...changedFields], warnings: [...warnings] };
  };
}
