import type { ReelsyncConfig } from '@reelsync/config';
import { toReelsyncError } from '@reelsync/core';
import type { Actor, DatabaseAdapter, RunTrigger } from '@reelsync/database';
import type { FailedJobs, JobPayloads, JobProducer, QueueControl, WorkerDirectory } from '@reelsync/queue';
import type { BulkRequests, RunCanceller, ScheduleControl, SyncRequests } from '@reelsync/sync';

import type { EndpointName, InputOf, OutputOf } from './contract/endpoints';

/** What the handlers work with. */
export interface AdminDependencies {
  readonly config: Pick<ReelsyncConfig, 'servers'>;
  readonly database: DatabaseAdapter;
  readonly requests: SyncRequests;
  readonly bulk: BulkRequests;
  readonly producer: Pick<JobProducer<JobPayloads>, 'backlog'>;
  readonly canceller: Pick<RunCanceller, 'cancel'>;
  readonly schedules: ScheduleControl;
  readonly failedJobs: FailedJobs;
  readonly queues: QueueControl;
  readonly workers: WorkerDirectory;
  readonly now: () => Date;
}

/** Who asks, and for how long. */
export interface AdminContext {
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

export type Handler<N extends EndpointName> = (
  input: InputOf<N>,
  context: AdminContext,
) => Promise<OutputOf<N>>;

export type Handlers = { readonly [N in EndpointName]: Handler<N> };

/** What a request says about its origin. A person asked, whatever the way. */
export function originOf({ kind, name }: Actor): {
  readonly trigger: RunTrigger;
  readonly urgency: 'person';
  readonly requester: string;
} {
  return { trigger: kind === 'cli' ? 'cli' : 'admin', urgency: 'person', requester: name };
}

/** Does something and records who did it and what came of it, or the gist of that, also when it failed. */
export async function audited<T extends object>(
  { database, now }: Pick<AdminDependencies, 'database' | 'now'>,
  { actor }: AdminContext,
  action: string,
  details: Readonly<Record<string, unknown>>,
  work: () => Promise<T>,
  gistOf: (result: T) => object = (result) => result,
): Promise<T> {
  const record = (result: Readonly<Record<string, unknown>>): Promise<void> =>
    database.audit.record({ at: now(), actor, action, details: { ...details, ...result } });
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await record({ failed: toReelsyncError(error).code });
    throw error;
  }
  await record({ result: gistOf(result) });
  return result;
}
