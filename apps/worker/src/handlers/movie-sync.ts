import type { MovieSyncService } from '@reelsync/domain';
import type { JobHandler, JobPayload } from '@reelsync/queue';
import { unitSyncHandler } from './unit-sync';

/** `movie.sync`: brings one movie of the catalogue to what all servers hold. */
export function movieSyncHandler(
  service: Pick<MovieSyncService, 'syncMovie'>,
): JobHandler<JobPayload<'movie.sync'>> {
  return unitSyncHandler(({ title }, context) => service.syncMovie(title, context));
}
