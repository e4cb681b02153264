import type { SeasonSyncService } from '@reelsync/domain';
import type { JobHandler, JobPayload } from '@reelsync/queue';
import { unitSyncHandler } from './unit-sync';

/** `season.sync`: brings the header of one season up to date; its dirty episodes follow when it has ended. */
export function seasonSyncHandler(
  service: Pick<SeasonSyncService, 'syncSeason'>,
): JobHandler<JobPayload<'season.sync'>> {
  return unitSyncHandler(({ title, season }, context) => service.syncSeason(title, season, context));
}
