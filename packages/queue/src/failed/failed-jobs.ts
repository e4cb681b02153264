import type { Job, Queue } from 'bullmq';

import type { BullOptions } from '../bullmq/bull-factory';
import { QUEUE_NAMES, type QueueName } from '../catalog/job-definition';
import { priorityOf, type Priority } from '../catalog/priorities';
import { ReadyQueues } from '../producers/ready-queues';
import { parseFailedReason } from '../worker/job-records';
import { jobLabel, topicOf } from './job-label';

/** A job that failed for good and waits for a person, the next change of its unit, or the end of its retention. */
export interface FailedJobRecord {
  readonly queue: QueueName;
  readonly id: string;
  readonly name: string;
  /** For people. */
  readonly label: string;
  readonly title?: string;
  readonly code: string;
  readonly message: string;
  /** The file server that was at fault. */
  readonly serverId?: string;
  readonly priority: Priority;
  readonly attempts: number;
  readonly failedAt: Date;
  readonly data: unknown;
}

/** Every condition has to hold; none means all of them. */
export interface FailedJobFilter {
  readonly queue?: QueueName;
  readonly ids?: readonly string[];
  readonly code?: string;
  /** Of the server at fault, and scans of this server. */
  readonly serverId?: string;
  /** Part of the folder name, in any case. */
  readonly title?: string;
  readonly failedUntil?: Date;
}

/** Jobs that are read at a time: each is deserialised whole. */
const PAGE_SIZE = 100;

/** The failed jobs of all queues. Retention keeps at most a few thousand per queue. */
export class FailedJobs {
  private readonly queues: ReadyQueues;

  constructor(options: BullOptions) {
    this.queues = new ReadyQueues(options);
  }

  /** Newest first over all queues, and no more than `limit`. */
  async list(filter: FailedJobFilter, limit: number): Promise<FailedJobRecord[]> {
    const names = filter.queue === undefined ? QUEUE_NAMES : [filter.queue];
    const found: FailedJobRecord[] = [];
    for (const name of names) found.push(...(await this.listQueue(name, filter, limit)));
    return found.toSorted((a, b) => b.failedAt.getTime() - a.failedAt.getTime()).slice(0, limit);
  }

  /**
   * Puts a job back on its queue with its priority and all of its attempts. False: it is not there any more or has not
   * failed any more.
   */
  retry({ queue: name, id }: Pick<FailedJobRecord, 'queue' | 'id'>): Promise<boolean> {
    return this.queues.use(name, async (queue) => {
      const job = await findFailed(queue, id);
      if (job === undefined) return false;
      return whileFailed(job, async () => {
        await forgetStalls(queue, id);
        await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
      });
    });
  }

  /** Whether it still waits for somebody to do something about it. */
  isFailed({ queue: name, id }: Pick<FailedJobRecord, 'queue' | 'id'>): Promise<boolean> {
    return this.queues.use(name, async (queue) => (await findFailed(queue, id)) !== undefined);
  }

  /** Removes a job for good; its unit stays dirty, so that the next scan may enqueue it anew. */
  discard({ queue: name, id }: Pick<FailedJobRecord, 'queue' | 'id'>): Promise<boolean> {
    return this.queues.use(name, async (queue) => {
      const job = await findFailed(queue, id);
      return job === undefined ? false : whileFailed(job, () => job.remove());
    });
  }

  /** Leaves the connection to its owner. */
  close(): Promise<void> {
    return this.queues.close();
  }

  private async listQueue(
    name: QueueName,
    filter: FailedJobFilter,
    limit: number,
  ): Promise<readonly FailedJobRecord[]> {
    // All of them first: pages by position would leave some out when others are removed meanwhile.
    const failed = await this.queues.use(name, (queue) => queue.getRanges(['failed'], 0, -1));
    const ids = failed.filter((id) => filter.ids?.includes(id) ?? true);
    const found: FailedJobRecord[] = [];
    for (let start = 0; found.length < limit && start < ids.length; start += PAGE_SIZE) {
      const jobs = await this.queues.use(name, (queue) =>
        findAll(queue, ids.slice(start, start + PAGE_SIZE)),
      );
      found.push(...jobs.map((job) => toRecord(name, job)).filter((record) => isWanted(record, filter)));
    }
    return found.slice(0, limit);
  }
}

/** Those that are still there. */
async function findAll(queue: Queue, ids: readonly string[]): Promise<Job[]> {
  const jobs: (Job | undefined)[] = await Promise.all(ids.map((id) => queue.getJob(id)));
  return jobs.filter((job) => job !== undefined);
}

async function findFailed(queue: Queue, id: string): Promise<Job | undefined> {
  const job: Job | undefined = await queue.getJob(id);
  return job !== undefined && (await job.isFailed()) ? job : undefined;
}

/** Somebody else may retry or discard the same job at the same time. */
async function whileFailed(job: Job, change: () => Promise<void>): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    if (await job.isFailed()) throw error;
    return false;
  }
}

/** BullMQ keeps this counter through a retry; a job that had stalled too often would fail again before it began. */
async function forgetStalls(queue: Queue, id: string): Promise<void> {
  const client = await queue.getBackend().client;
  await client.hdel(queue.toKey(id), 'stc');
}

function toRecord(queue: QueueName, job: Job): FailedJobRecord {
  const { title, serverIds } = topicOf(job.data);
  const reason = parseFailedReason(job.failedReason) ?? { code: 'UNEXPECTED', message: job.failedReason };
  const serverId = reason.serverId ?? (serverIds?.length === 1 ? serverIds[0] : undefined);
  return {
    queue,
    id: job.id ?? '',
    name: job.name,
    label: jobLabel(job.name, job.data),
    code: reason.code,
    message: reason.message,
    priority: priorityOf(job.priority),
    attempts: job.attemptsMade,
    failedAt: new Date(job.finishedOn ?? job.timestamp),
    data: job.data,
    ...(title === undefined ? {} : { title }),
    ...(serverId === undefined ? {} : { serverId }),
  };
}

function isWanted(record: FailedJobRecord, { code, serverId, title, failedUntil }: FailedJobFilter): boolean {
  return (
    (failedUntil === undefined || record.failedAt <= failedUntil) &&
    (code === undefined || record.code === code) &&
    (serverId === undefined || isOfServer(record, serverId)) &&
    (title === undefined || (record.title?.toLowerCase().includes(title.toLowerCase()) ?? false))
  );
}

function isOfServer(record: FailedJobRecord, serverId: string): boolean {
  return record.serverId === serverId || (topicOf(record.data).serverIds?.includes(serverId) ?? false);
}
