import {
  workOf,
  type FailedJobFilter,
  type FailedJobRecord,
  type JobWork,
  type QueueName,
} from '@reelsync/queue';

import type { InputOf, OutputOf } from '../contract/endpoints';
import { audited, originOf, type AdminContext, type AdminDependencies, type Handlers } from '../handler';

type Dependencies = Pick<AdminDependencies, 'database' | 'requests' | 'producer' | 'failedJobs' | 'now'>;
type Retry = InputOf<'retryFailedJobs'>;
type Change = InputOf<'discardFailedJobs'>;

/** Jobs that are looked at or changed at a time. */
const CHUNK_SIZE = 100;

/** Listing, retrying and discarding failed jobs. */
export function failedJobHandlers(
  dependencies: Dependencies,
): Pick<Handlers, 'listFailedJobs' | 'retryFailedJobs' | 'discardFailedJobs'> {
  const { failedJobs } = dependencies;
  return {
    listFailedJobs: async ({ limit, ...filter }) => ({
      items: await failedJobs.list(toFilter(filter), limit),
    }),
    retryFailedJobs: (input, context) =>
      audited(dependencies, context, 'failed-jobs.retry', { ...input }, () =>
        retry(dependencies, input, context),
      ),
    discardFailedJobs: (input, context) =>
      audited(dependencies, context, 'failed-jobs.discard', { ...input }, () =>
        discard(dependencies, input, context),
      ),
  };
}

function toFilter({ server, ...filter }: Omit<Change, 'limit'>): FailedJobFilter {
  return server === undefined ? filter : { ...filter, serverId: server };
}

/**
 * As many as their queues have room for; whoever asks comes again for what is left (`driveRetry`). All that match are
 * looked up before the first one moves: a job that fails again at once would otherwise be found, and retried, without end.
 */
async function retry(
  dependencies: Dependencies,
  { limit, maxBacklog, failedUntil, ...filter }: Retry,
  context: AdminContext,
): Promise<OutputOf<'retryFailedJobs'>> {
  const until = failedUntil === undefined ? {} : { failedUntil };
  const matched = await dependencies.failedJobs.list({ ...toFilter(filter), ...until }, limit);
  const { records, fullQueues } = await fitting(dependencies, matched, maxBacklog);
  const ofKind = (kind: JobWork['kind'] | undefined): readonly FailedJobRecord[] =>
    records.filter(({ name, data }) => workOf(name, data)?.kind === kind);
  const parts = [
    await repeatUnits(dependencies, ofKind('unit'), filter, context),
    await repeatScans(dependencies, ofKind('scan'), context),
    await retryOthers(dependencies, ofKind(undefined), context),
  ];
  const retried = parts.reduce((sum, part) => sum + part.retried, 0);
  const latest = latestOf(matched.map(({ failedAt }) => failedAt));
  return {
    matched: matched.length,
    retried,
    gone: records.length - retried,
    left: matched.length - records.length,
    fullQueues,
    unknownIds: unknownAmong(filter.ids, matched, limit),
    runIds: parts.flatMap(({ runIds }) => runIds),
    ...(latest === undefined ? {} : { failedUntil: latest }),
  };
}

/** A list that was cut off at its limit says nothing of those that it lacks. */
function unknownAmong(
  ids: readonly string[] = [],
  listed: readonly FailedJobRecord[],
  limit: number,
): readonly string[] {
  if (listed.length >= limit) return [];
  const found = new Set(listed.map(({ id }) => id));
  return [...new Set(ids)].filter((id) => !found.has(id));
}

function latestOf(dates: readonly Date[]): Date | undefined {
  return dates.reduce<Date | undefined>(
    (latest, at) => (latest === undefined || at > latest ? at : latest),
    undefined,
  );
}

/** Those that their queues have room for, and the queues that have none for some. */
async function fitting(
  { producer }: Dependencies,
  matched: readonly FailedJobRecord[],
  maxBacklog: number,
): Promise<{ readonly records: readonly FailedJobRecord[]; readonly fullQueues: readonly QueueName[] }> {
  const records: FailedJobRecord[] = [];
  const fullQueues: QueueName[] = [];
  for (const queue of new Set(matched.map((record) => record.queue))) {
    const ofQueue = matched.filter((record) => record.queue === queue);
    const room = Math.max(0, maxBacklog - (await producer.backlog(queue)));
    records.push(...ofQueue.slice(0, room));
    if (ofQueue.length > room) fullQueues.push(queue);
  }
  return { records, fullQueues };
}

interface Retried {
  readonly retried: number;
  readonly runIds: readonly string[];
}

/** Their units are asked for anew, so that they merge with what is under way; a new run waits for them. */
async function repeatUnits(
  { requests, failedJobs }: Dependencies,
  records: readonly FailedJobRecord[],
  filter: object,
  { actor, signal }: AdminContext,
): Promise<Retried> {
  const isFailed = await eachChunk(records, signal, (record) => failedJobs.isFailed(record));
  const present = records.filter((_, index) => isFailed[index] === true);
  const failed = present.flatMap(({ name, data, priority }) => {
    const work = workOf(name, data);
    return work?.kind === 'unit' ? [{ ...work, urgency: priority }] : [];
  });
  if (failed.length === 0) return { retried: 0, runIds: [] };
  const { trigger, requester } = originOf(actor);
  const { runId } = await requests.requestFailedUnits(failed, {
    trigger,
    requester,
    filter: { ...filter },
    signal,
  });
  // Only now: a request that fails must not lose what was asked for.
  await eachChunk(present, signal, (record) => failedJobs.discard(record));
  return { retried: present.length, runIds: [runId] };
}

/** A scan works for the runs that wait for it, and those of a failed one have ended: it is asked for anew. */
async function repeatScans(
  { requests, failedJobs }: Dependencies,
  records: readonly FailedJobRecord[],
  { actor, signal }: AdminContext,
): Promise<Retried> {
  const runIds: string[] = [];
  for (const record of records) {
    signal.throwIfAborted();
    const work = workOf(record.name, record.data);
    if (work?.kind !== 'scan' || !(await failedJobs.isFailed(record))) continue;
    const { serverIds, full, force, acceptShrunken } = work.scan;
    const scan = { serverIds, full, force, acceptShrunken };
    const { runId } = await requests.requestScan({ ...scan, ...originOf(actor), urgency: record.priority });
    runIds.push(runId);
    await failedJobs.discard(record);
  }
  return { retried: runIds.length, runIds };
}

/** What is neither (a webhook that is to be stored, a job of another version) goes back on its queue as it is. */
async function retryOthers(
  { failedJobs }: Dependencies,
  records: readonly FailedJobRecord[],
  { signal }: AdminContext,
): Promise<Retried> {
  const moved = await eachChunk(records, signal, (record) => failedJobs.retry(record));
  return { retried: moved.filter(Boolean).length, runIds: [] };
}

/** Between two chunks others get their turn at Redis. */
async function eachChunk<T>(
  records: readonly FailedJobRecord[],
  signal: AbortSignal,
  change: (record: FailedJobRecord) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (let start = 0; start < records.length; start += CHUNK_SIZE) {
    signal.throwIfAborted();
    results.push(...(await Promise.all(records.slice(start, start + CHUNK_SIZE).map(change))));
  }
  return results;
}

async function discard(
  { failedJobs }: Dependencies,
  { limit, ...filter }: Change,
  { signal }: AdminContext,
): Promise<OutputOf<'discardFailedJobs'>> {
  const records = await failedJobs.list(toFilter(filter), limit);
  const removed = await eachChunk(records, signal, (record) => failedJobs.discard(record));
  const discarded = removed.filter(Boolean).length;
  const unknownIds = unknownAmong(filter.ids, records, limit);
  return { matched: records.length, discarded, gone: records.length - discarded, unknownIds };
}
