import type { ReelsyncConfig } from '@reelsync/config';
import { enabledIds } from '@reelsync/core';
import type { DatabaseAdapter } from '@reelsync/database';
import {
  FailedJobs,
  QueueControl,
  SchedulerSet,
  WorkerDirectory,
  type BullOptions,
  type JobPayloads,
  type JobProducer,
} from '@reelsync/queue';
import { BulkRequests, openRequests, RunCanceller, ScheduleControl, schedulesOf } from '@reelsync/sync';

import type { AdminDependencies, Handlers } from './handler';
import { auditHandlers } from './handlers/audit';
import { bulkHandlers } from './handlers/bulk';
import { failedJobHandlers } from './handlers/failed-jobs';
import { queueHandlers } from './handlers/queues';
import { runHandlers } from './handlers/runs';
import { scheduleHandlers } from './handlers/schedules';
import { serverHandlers } from './handlers/servers';
import { statsHandlers } from './handlers/stats';
import { syncRequestHandlers } from './handlers/sync-requests';
import { webhookHandlers } from './handlers/webhooks';

export interface AdminParts {
  readonly config: Pick<ReelsyncConfig, 'servers' | 'sync' | 'schedules'>;
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
  const { config, database, producer } = parts;
  const serverIds = enabledIds(config.servers);
  const failedJobs = new FailedJobs(bull);
  const queues = new QueueControl(bull);
  const schedulers = new SchedulerSet(bull);
  const requests = openRequests({ config, database, producer, now });
  const handlers = createHandlers({
    ...parts,
    now,
    failedJobs,
    queues,
    requests,
    canceller: new RunCanceller({ database, producer, now }),
    schedules: new ScheduleControl({
      schedules: schedulesOf(config.schedules, serverIds),
      serverIds,
      database,
      schedulers,
      producer,
      requests,
      now,
    }),
    bulk: new BulkRequests(database, producer, now),
    workers: new WorkerDirectory(bull),
  });
  return {
    handlers,
    close: async () => {
      await Promise.all([failedJobs.close(), queues.close(), schedulers.close()]);
    },
  };
}

/** One handler per endpoint; leaving one out does not compile. */
function createHandlers(dependencies: AdminDependencies): Handlers {
  return {
    ...syncRequestHandlers(dependencies),
    ...bulkHandlers(dependencies),
    ...runHandlers(dependencies),
    ...scheduleHandlers(dependencies),
    ...queueHandlers(dependencies),
    ...failedJobHandlers(dependencies),
    ...serverHandlers(dependencies),
    ...statsHandlers(dependencies),
    ...webhookHandlers(dependencies),
    ...auditHandlers(dependencies),
  };
}
