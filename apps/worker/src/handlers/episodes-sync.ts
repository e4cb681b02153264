import type { EpisodeSyncService } from '@reelsync/domain';
import type { JobHandler, JobPayload } from '@reelsync/queue';
import { unitSyncHandler } from './unit-sync';

/** `episodes.sync`: brings the episodes of one season up to date, or those that it names. */
export function episodesSyncHandler(
  service: Pick<EpisodeSyncService, 'syncEpisodes'>,
): JobHandler<JobPayload<'episodes.sync'>> {
  return unitSyncHandler(({ title, season }, context) => service.syncEpisodes(title, season, context));
}
