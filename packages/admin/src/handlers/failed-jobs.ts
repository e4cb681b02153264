import { unitKey, type Unit } from '@reelsync/core';
import { workOf, type FailedJobFilter, type FailedJobRecord, type QueueName } from '@reelsync/queue';

import type { InputOf, OutputOf } from '../contract/endpoints';
import { audited, originOf, type AdminContext, type AdminDependencies, type Handlers } from '../handler';

type Dependencies = Pick<AdminDependencies, 'database' | 'requests' | 'producer' | 'failedJobs' | 'now'>;
type Retry = InputOf<'retryFailedJobs'>;
type Change = InputOf<'discardFailedJobs'>;

/** Jobs that are changed at a time: between two chunks others get their turn at Redis. */
const CHUNK_SIZE = 100;

const GONE = { code: 'JOB_LOST', message: 'Somebody else has retried or discarded the job meanwhile' };

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
  const listed = await dependencies.failedJobs.list(toFilter(filter), limit);
  const matched = listed.filter(({ failedAt }) => failedUntil === undefined || failedAt <= failedUntil);
  const { records, fullQueues } = await fitting(dependencies, matched, maxBacklog);
  const scans = records.filter((record) => workOf(record.name, record.data)?.kind === 'scan');
  const others = records.filter((record) => !scans.includes(record));
  const units = await retryUnits(dependencies, others, filter, context);
  const repeated = await repeatScans(dependencies, scans, context);
  const retried = units.retried + repeated.retried;
  const latest = latestOf(matched.map(({ failedAt }) => failedAt));
  return {
    matched: matched.length,
    retried,
    gone: records.length - retried,
    left: matched.length - records.length,
    fullQueues,
    unknownIds: unknownAmong(filter.ids, listed, limit),
    runIds: [...units.runIds, ...repeated.runIds],
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

/** The jobs go back on their queues as they are; a new run waits for them. */
async function retryUnits(
  { database: { runs }, failedJobs, now }: Dependencies,
  records: readonly FailedJobRecord[],
  filter: object,
  { actor, signal }: AdminContext,
): Promise<Retried> {
  if (records.length === 0) return { retried: 0, runIds: [] };
  const { trigger, requester } = originOf(actor);
  const scope = { kind: 'failed-jobs', filter: { ...filter } } as const;
  const runId = await runs.create({ trigger, requester, scope, startedAt: now() });
  const moved: FailedJobRecord[] = [];
  const gone: FailedJobRecord[] = [];
  try {
    for (let start = 0; start < records.length; start += CHUNK_SIZE) {
      signal.throwIfAborted();
      const chunk = records.slice(start, start + CHUNK_SIZE);
      // Before its job exists again, a run has to wait for a unit; else it could miss its end.
      for (const { name, data } of chunk) {
        const work = workOf(name, data);
        if (work?.kind === 'unit') await runs.plan(runId, [work.unit], now(), work.narrowing);
      }
      const results = await Promise.all(chunk.map((record) => failedJobs.retry(record)));
      results.forEach((isMoved, index) => (isMoved ? moved : gone).push(...chunk.slice(index, index + 1)));
    }
  } finally {
    // What was retried goes on, whatever stopped us. Left open, a unit without a job would get a new one from the sweep.
    const retried = new Set(unitsOf(moved).map(unitKey));
    const lost = unitsOf(gone).filter((unit) => !retried.has(unitKey(unit)));
    await runs.skipUnits(runId, lost, GONE, now());
    await runs.donePlanning([runId]);
    await runs.settle(now(), [runId]);
  }
  return { retried: moved.length, runIds: [runId] };
}

function unitsOf(records: readonly FailedJobRecord[]): Unit[] {
  return records.flatMap(({ name, data }) => {
    const work = workOf(name, data);
    return work?.kind === 'unit' ? [work.unit] : [];
  });
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
    // Only now: a request that fails must not lose what was asked for.
    await failedJobs.discard(record);
  }
  return { retried: runIds.length, runIds };
}

async function discard(
  { failedJobs }: Dependencies,
  { limit, ...filter }: Change,
  { signal }: AdminContext,
): Promise<OutputOf<'discardFailedJobs'>> {
  const records = await failedJobs.list(toFilter(filter), limit);
  let discarded = 0;
  for (let start = 0; start < records.length; start += CHUNK_SIZE) {
    signal.throwIfAborted();
    const chunk = records.slice(start, start + CHUNK_SIZE);
    const removed = await Promise.all(chunk.map((record) => failedJobs.discard(record)));
    discarded += removed.filter(Boolean).length;
  }
  const unknownIds = unknownAmong(filter.ids, records, limit);
  return { matched: records.length, discarded, gone: records.length - discarded, unknownIds };
}
