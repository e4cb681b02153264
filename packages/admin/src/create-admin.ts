import type { ReelsyncConfig } from '@reelsync/config';
import type { DatabaseAdapter } from '@reelsync/database';
import {
  FailedJobs,
  QueueControl,
  WorkerDirectory,
  type BullOptions,
  type JobPayloads,
  type JobProducer,
} from '@reelsync/queue';
import { BulkRequests, openRequests } from '@reelsync/sync';

import type { AdminDependencies, Handlers } from './handler';
import { auditHandlers } from './handlers/audit';
import { bulkHandlers } from './handlers/bulk';
import { failedJobHandlers } from './handlers/failed-jobs';
import { queueHandlers } from './handlers/queues';
import { runHandlers } from './handlers/runs';
import { serverHandlers } from './handlers/servers';
import { statsHandlers } from './handlers/stats';
import { syncRequestHandlers } from './handlers/sync-requests';

export interface AdminParts {
  readonly config: Pick<ReelsyncConfig, 'servers' | 'sync'>;
  readonly database: DatabaseAdapter;
  readonly producer: JobProducer<JobPayloads>;
  /** Over a connection with the profile `producer`. */
  readonly bull: BullOptions & { readonly prefix: string };
  readonly now?: () => Date;
}

export interface Admin {
  readonly handlers: Handlers;
  /** Leaves database, producer and connection to their owners. */
  close(): Promise<void>;
}

/** Everything behind the contract, over what a process has already. */
export function createAdmin({ bull, now = () => new Date(), ...parts }: AdminParts): Admin {
  const { database, producer } = parts;
  const failedJobs = new FailedJobs(bull);
  const queues = new QueueControl(bull);
  const handlers = createHandlers({
    ...parts,
    now,
    failedJobs,
    queues,
    requests: openRequests({ ...parts, now }),
    bulk: new BulkRequests(database, producer, now),
    workers: new WorkerDirectory(bull),
  });
  return {
    handlers,
    close: async () => {
      await Promise.all([failedJobs.close(), queues.close()]);
    },
  };
}

/** One handler per endpoint; leaving one out does not compile. */
function createHandlers(dependencies: AdminDependencies): Handlers {
  return {
    ...syncRequestHandlers(dependencies),
    ...bulkHandlers(dependencies),
    ...runHandlers(dependencies),
    ...queueHandlers(dependencies),
    ...failedJobHandlers(dependencies),
    ...serverHandlers(dependencies),
    ...statsHandlers(dependencies),
    ...auditHandlers(dependencies),
  };
}
