import type { TVShowSyncService } from '@reelsync/domain';
import type { JobHandler, JobPayload } from '@reelsync/queue';
import { unitSyncHandler } from './unit-sync';

/** `show.sync`: brings the header of one show up to date; its dirty seasons and episodes follow when it has ended. */
export function showSyncHandler(
  service: Pick<TVShowSyncService, 'syncShow'>,
): JobHandler<JobPayload<'show.sync'>> {
  return unitSyncHandler(({ title }, context) => service.syncShow(title, context));
}
