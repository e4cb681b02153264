import { randomUUID } from 'node:crypto';

import { ReelsyncError } from '@reelsync/core';
import type { Job, Queue } from 'bullmq';

import { jobOptions, type BullOptions } from '../bullmq/bull-factory';
import { queuesOf, type JobCatalog, type JobDefinition, type QueueName } from '../catalog/job-definition';
import { PRIORITIES, priorityOf, type Priority } from '../catalog/priorities';
import { admit, type Admission } from './admit-payload';
import { countJobs, type QueueCounts } from './count-jobs';
import { ReadyQueues } from './ready-queues';
import { WaitingJobs } from './waiting-jobs';

/** BullMQ's addBulk blocks the event loop in proportion to its size. */
const CHUNK_SIZE = 500;

/**
 * - created: a new job waits
 * - merged: a job for the same unit already waits or runs; if it runs, it runs once more afterwards
 * - rejected: nothing was enqueued, or (QUEUE_UNAVAILABLE, enqueueMany only) we cannot know
 */
export type EnqueueResult =
  | { readonly status: 'created' | 'merged'; readonly jobId: string }
  | {
      readonly status: 'rejected';
      readonly code: 'JOB_PAYLOAD_INVALID' | 'QUEUE_UNAVAILABLE';
      readonly message: string;
    };

export interface EnqueueOptions {
  readonly priority: Priority;
  /** How long the job waits at least; default: the debounce of its kind. A merge never makes a job wait longer. */
  readonly delayMs?: number;
}

export interface JobProducerOptions<Payloads> extends BullOptions {
  /** `JOB_CATALOG`; tests bring their own. */
  readonly catalog: JobCatalog<Payloads>;
  readonly newJobId?: () => string;
}

/** Puts jobs on the queues. Its connection has the profile `producer`: with Redis down it fails in about a second. */
export class JobProducer<Payloads> {
  /** What waits already. */
  readonly waiting: WaitingJobs<Payloads>;
  private readonly catalog: JobCatalog<Payloads>;
  private readonly queues: ReadyQueues;
  private readonly newJobId: () => string;

  constructor({ catalog, newJobId = randomUUID, ...bull }: JobProducerOptions<Payloads>) {
    this.catalog = catalog;
    this.queues = new ReadyQueues(bull);
    this.waiting = new WaitingJobs(catalog, this.queues);
    this.newJobId = newJobId;
  }

  /** Throws QUEUE_UNAVAILABLE when Redis does not take the job. */
  async enqueue<N extends keyof Payloads & string>(
    name: N,
    payload: Payloads[N],
    options: EnqueueOptions,
  ): Promise<EnqueueResult> {
    const definition: JobDefinition<Payloads[N]> = this.catalog[name];
    const admission = admit(definition, payload);
    if (admission.status === 'rejected') return admission;
    return this.queues.use(definition.queue, async (queue) => {
      const [result] = await this.addAll(queue, name, definition, [admission.payload], options);
      if (result === undefined) throw new Error('BullMQ returned no job');
      return result;
    });
  }

  /**
   * One result per payload, in order. Does not throw when Redis goes away midway: the chunk that failed and those after
   * it are `rejected` with QUEUE_UNAVAILABLE, and enqueueing them again is safe because they merge with what got in.
   */
  async enqueueMany<N extends keyof Payloads & string>(
    name: N,
    payloads: readonly Payloads[N][],
    options: EnqueueOptions,
  ): Promise<readonly EnqueueResult[]> {
    const definition: JobDefinition<Payloads[N]> = this.catalog[name];
    const results: EnqueueResult[] = [];
    let outage: EnqueueResult | undefined;
    for (let start = 0; start < payloads.length; start += CHUNK_SIZE) {
      const admissions = payloads
        .slice(start, start + CHUNK_SIZE)
        .map((payload) => admit(definition, payload));
      const admitted = admissions.flatMap((one) => (one.status === 'admitted' ? [one.payload] : []));
      let added: readonly EnqueueResult[] = [];
      if (outage === undefined && admitted.length > 0) {
        try {
          added = await this.queues.use(definition.queue, (queue) =>
            this.addAll(queue, name, definition, admitted, options),
          );
        } catch (error) {
          outage = rejectedByOutage(error);
        }
      }
      results.push(...interleave(admissions, added, outage));
    }
    return results;
  }

  /** If a job for this waits already, makes it as urgent as a request of this priority that merged with it. Enqueues nothing. */
  hasten<N extends keyof Payloads & string>(
    name: N,
    payload: Payloads[N],
    { priority }: Pick<EnqueueOptions, 'priority'>,
  ): Promise<void> {
    const { queue: queueName, deduplication }: JobDefinition<Payloads[N]> = this.catalog[name];
    return this.queues.use(queueName, async (queue) => {
      const jobId = await queue.getDeduplicationJobId(deduplication.key(payload));
      if (jobId === null) return;
      await hasten(queue, jobId, { priority: PRIORITIES[priority], delayMs: deduplication.debounceMs });
    });
  }

  /** Jobs that no worker has taken yet. */
  async backlog(queueName: QueueName): Promise<number> {
    const { waiting, prioritized, delayed } = await this.countsOf(queueName);
    return waiting + prioritized + delayed;
  }

  async counts(): Promise<Partial<Record<QueueName, QueueCounts>>> {
    const names = queuesOf(this.catalog);
    const counts = await Promise.all(names.map(async (name) => [name, await this.countsOf(name)] as const));
    return Object.fromEntries(counts);
  }

  /** Leaves the connection to its owner. */
  close(): Promise<void> {
    return this.queues.close();
  }

  private countsOf(name: QueueName): Promise<QueueCounts> {
    return this.queues.use(name, countJobs);
  }

  private async addAll<Payload>(
    queue: Queue,
    name: string,
    definition: JobDefinition<Payload>,
    payloads: readonly Payload[],
    { priority, delayMs = definition.deduplication.debounceMs }: EnqueueOptions,
  ): Promise<readonly EnqueueResult[]> {
    const requests = payloads.map((data) => {
      const opts = { ...jobOptions(definition, data, priority), delay: delayMs, jobId: this.newJobId() };
      return { name, data, opts };
    });
    const jobs: readonly Job[] = await queue.addBulk(requests);
    return Promise.all(
      jobs.map(async (job, index) => {
        const jobId = job.id ?? '';
        // A deduplicated request gets the id of the job that it merged with.
        if (jobId === requests[index]?.opts.jobId) return { status: 'created', jobId } as const;
        const data = requests[index]?.data;
        const better = await hasten(queue, jobId, { priority: PRIORITIES[priority], delayMs });
        if (better !== undefined && data !== undefined)
          await this.addAll(queue, name, definition, [data], { priority: priorityOf(better), delayMs });
        return { status: 'merged', jobId } as const;
      }),
    );
  }
}

/**
 * Deduplication ignores the newcomer's priority and delay: a person's request would wait behind the bulk job, or for the
 * distant time, of the job that it merged with. Never the other way round: of a job that runs, BullMQ keeps only the last
 * request for its next run, so a less urgent one has to be repeated with the priority that is returned.
 */
async function hasten(
  queue: Queue,
  jobId: string,
  { priority, delayMs }: { readonly priority: number; readonly delayMs: number },
): Promise<number | undefined> {
  const job: Job | undefined = await queue.getJob(jobId);
  if (job === undefined) return undefined;
  if (job.priority < priority) return job.processedOn === undefined ? undefined : job.priority;
  try {
    if (job.priority > priority) await job.changePriority({ priority });
    if (isLater(job, delayMs)) await job.changeDelay(delayMs);
  } catch (error) {
    // Gone, begun, or due in the meantime: then it runs after this request merged with it.
    const state = await queue.getJobState(jobId);
    const isDue = state === 'prioritized' || state === 'waiting';
    if (state === 'delayed' || (isDue && job.priority > priority)) throw error;
  }
  return undefined;
}

/** A job that waits for its next attempt keeps its back-off. */
function isLater({ attemptsStarted, delay, timestamp }: Job, delayMs: number): boolean {
  return attemptsStarted === 0 && delay > delayMs && timestamp + delay > Date.now() + delayMs;
}

function rejectedByOutage(error: unknown): EnqueueResult {
  if (!(error instanceof ReelsyncError) || error.code !== 'QUEUE_UNAVAILABLE') throw error;
  return { status: 'rejected', code: 'QUEUE_UNAVAILABLE', message: error.message };
}

/** Puts the results of the admitted payloads back between the rejected ones. */
function interleave(
  admissions: readonly Admission<unknown>[],
  added: readonly EnqueueResult[],
  outage: EnqueueResult | undefined,
): readonly EnqueueResult[] {
  const results = added[Symbol.iterator]();
  return admissions.map((admission) => {
    if (admission.status === 'rejected') return admission;
    const result: EnqueueResult | undefined = outage ?? results.next().value;
    if (result === undefined) throw new Error('BullMQ returned fewer jobs than were added');
    return result;
  });
}
