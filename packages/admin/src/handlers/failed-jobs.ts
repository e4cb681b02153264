import { workOf, type FailedJobFilter, type FailedJobRecord } from '@reelsync/queue';

import type { InputOf, OutputOf } from '../contract/endpoints';
import { audited, originOf, type AdminContext, type AdminDependencies, type Handlers } from '../handler';

type Dependencies = Pick<AdminDependencies, 'database' | 'requests' | 'failedJobs' | 'now'>;
type Change = InputOf<'retryFailedJobs'>;

/** Jobs that are changed at a time: between two chunks others get their turn at Redis. */
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
 * All that match are looked up before the first one moves: a job that fails again at once would otherwise be found, and
 * retried, without end.
 */
async function retry(
  dependencies: Dependencies,
  { limit, ...filter }: Change,
  context: AdminContext,
): Promise<OutputOf<'retryFailedJobs'>> {
  const records = await dependencies.failedJobs.list(toFilter(filter), limit);
  const scans = records.filter((record) => workOf(record.name, record.data)?.kind === 'scan');
  const others = records.filter((record) => !scans.includes(record));
  const units = await retryUnits(dependencies, others, filter, context);
  const repeated = await repeatScans(dependencies, scans, context);
  const retried = units.retried + repeated.retried;
  return {
    matched: records.length,
    retried,
    gone: records.length - retried,
    runIds: [...units.runIds, ...repeated.runIds],
  };
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
  let retried = 0;
  try {
    for (let start = 0; start < records.length; start += CHUNK_SIZE) {
      signal.throwIfAborted();
      const chunk = records.slice(start, start + CHUNK_SIZE);
      // Before its job exists again, a run has to wait for a unit; else it could miss its end.
      for (const { name, data } of chunk) {
        const work = workOf(name, data);
        if (work?.kind === 'unit') await runs.plan(runId, [work.unit], now(), work.narrowing);
      }
      const moved = await Promise.all(chunk.map((record) => failedJobs.retry(record)));
      retried += moved.filter(Boolean).length;
    }
  } finally {
    // What was retried goes on, whatever stopped us.
    await runs.donePlanning([runId]);
  }
  return { retried, runIds: [runId] };
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
    if (work?.kind !== 'scan' || !(await failedJobs.discard(record))) continue;
    const { serverIds, full, force, acceptShrunken } = work.scan;
    const scan = { serverIds, full, force, acceptShrunken };
    const { runId } = await requests.requestScan({ ...scan, ...originOf(actor), urgency: record.priority });
    runIds.push(runId);
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
  return { matched: records.length, discarded, gone: records.length - discarded };
}
