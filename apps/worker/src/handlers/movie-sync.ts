import type { MovieSyncService } from '@reelsync/domain';
import type { JobHandler, JobPayload } from '@reelsync/queue';

/** `movie.sync`: brings one movie of the catalogue to what all servers hold. */
export function movieSyncHandler(
  service: Pick<MovieSyncService, 'syncMovie'>,
): JobHandler<JobPayload<'movie.sync'>> {
  return async ({ title, runId, operations }, { signal }) => {
    const { outcome, changedFields, warnings } = await service.syncMovie(title, {
      signal,
      ...(runId === undefined ? {} : { runId }),
      ...(operations === undefined ? {} : { operations }),
    });
    return { outcome, changedFields, warnings };
  };
}
