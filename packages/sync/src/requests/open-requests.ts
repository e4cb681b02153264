import type { ReelsyncConfig } from '@reelsync/config';
import { enabledIds } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';
import type { JobPayloads, JobProducer } from '@reelsync/queue';
import { SyncRequests } from './sync-requests';

export interface RequestsParts {
  readonly config: Pick<ReelsyncConfig, 'servers' | 'sync'>;
  readonly database: DatabaseAdapter;
  readonly producer: JobProducer<JobPayloads>;
  readonly now?: () => Date;
}

/** The way in as the configuration wants it: whoever asks, in whatever process, the same listings are fresh enough. */
export function openRequests({ config, database, producer, now }: RequestsParts): SyncRequests {
  return new SyncRequests(database, producer, {
    serverIds: enabledIds(config.servers),
    listingMaxAgeMs: config.sync.listingMaxAgeMs,
    watchPace: { giveUpAfterMs: config.sync.titleWatchLimitMs },
    ...(now === undefined ? {} : { now }),
  });
}
