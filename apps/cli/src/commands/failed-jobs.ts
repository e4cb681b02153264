import { driveRetry, type GivenOf } from '@reelsync/admin';
import { ReelsyncError } from '@reelsync/core';
import { EXIT_CODES } from '@reelsync/runtime';
import type { ClientSession } from '../client-session';
import { print, type OutputOptions } from '../output/print';
import { PacedLines } from '../output/paced-lines';
import { tableOf } from '../output/table';

export interface FailedJobsOptions extends OutputOptions {
  readonly queue?: string;
  readonly code?: string;
  readonly server?: string;
  readonly title?: string;
  readonly limit?: number;
}

export interface ChangeFailedJobsOptions extends FailedJobsOptions {
  /** Without any condition: really all of them. */
  readonly all: boolean;
}

/** `reelsync failed`: the jobs that wait for a person. */
export async function listFailed(
  { client, signal }: ClientSession,
  options: FailedJobsOptions,
): Promise<void> {
  const { items } = await client.listFailedJobs(conditionsOf(options), { signal });
  print({ items }, options, () =>
    tableOf(
      items.map(({ queue, id, label, code, serverId, attempts, failedAt, message }) => ({
        id,
        queue,
        what: label,
        code,
        server: serverId ?? null,
        attempts,
        failed: failedAt.toISOString(),
        message,
      })),
    ),
  );
}

export interface RetryFailedJobsOptions extends ChangeFailedJobsOptions {
  /** Nothing is added to a queue in which this many jobs wait. */
  readonly maxBacklog: number;
}

/** `reelsync retry`: puts failed jobs back on their queues, at the pace of the workers. */
export async function retryFailed(
  { client, signal }: ClientSession,
  ids: readonly string[],
  options: RetryFailedJobsOptions,
): Promise<void> {
  const lines = new PacedLines(process.stderr);
  const result = await driveRetry({
    client,
    selection: selectionOf(ids, options),
    maxBacklog: options.maxBacklog,
    signal,
    onWaiting: ({ retried, matched }) =>
      lines.write(() => `retried ${retried} of ${matched}; waiting, enough jobs are on the queue`),
  });
  print(result, options, () => `Retried ${result.retried} of ${result.matched} failed jobs.`);
  requireKnown(result.unknownIds);
}

/** `reelsync discard`: removes failed jobs. */
export async function discardFailed(
  { client, signal }: ClientSession,
  ids: readonly string[],
  options: ChangeFailedJobsOptions,
): Promise<void> {
  const result = await client.discardFailedJobs(selectionOf(ids, options), { signal });
  print(result, options, () => `Discarded ${result.discarded} of ${result.matched} failed jobs.`);
  requireKnown(result.unknownIds);
}

/** Which jobs is said by ids, by conditions, or by --all, so that nobody changes all of them by leaving something out. */
function selectionOf(ids: readonly string[], options: ChangeFailedJobsOptions): GivenOf<'retryFailedJobs'> {
  const conditions = conditionsOf(options);
  const { queue, code, server, title } = options;
  const isNarrowed = ids.length > 0 || [queue, code, server, title].some((one) => one !== undefined);
  if (isNarrowed === options.all) {
    throw new ReelsyncError(
      'ARGUMENTS_INVALID',
      'Give ids or conditions (--code, --server, --title, --queue), or --all: one of them.',
    );
  }
  return ids.length === 0 ? conditions : { ...conditions, ids: [...ids] };
}

/** What is given is checked by the contract, here as well as behind the API. */
function conditionsOf({ queue, code, server, title, limit }: FailedJobsOptions): GivenOf<'listFailedJobs'> {
  return {
    ...(queue === undefined ? {} : { queue: queue as NonNullable<GivenOf<'listFailedJobs'>['queue']> }),
    ...(code === undefined ? {} : { code }),
    ...(server === undefined ? {} : { server }),
    ...(title === undefined ? {} : { title }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** Ids that are named and not there are a mistake; conditions that match nothing are an answer. */
function requireKnown(unknownIds: readonly string[]): void {
  for (const id of unknownIds) process.stderr.write(`There is no failed job with the id '${id}'.\n`);
  if (unknownIds.length > 0) process.exitCode = EXIT_CODES.failed;
}
