import type { Job, Queue } from 'bullmq';

import type { JobCatalog, JobDefinition } from '../catalog/job-definition';
import type { ReadyQueues } from './ready-queues';

/** Questions that are on their way to Redis at the same time. */
const CHUNK_SIZE = 500;

/** What became of a job that nobody wants any more. */
export type Withdrawal = 'withdrawn' | 'running' | 'absent';

/** Looks at, and takes back, jobs that were enqueued: by what they are for, not by their ids. */
export class WaitingJobs<Payloads> {
  constructor(
    private readonly catalog: JobCatalog<Payloads>,
    private readonly queues: ReadyQueues,
  ) {}

  /** Those payloads for which no job waits or runs, in order. */
  async without<N extends keyof Payloads & string>(
    name: N,
    payloads: readonly Payloads[N][],
  ): Promise<readonly Payloads[N][]> {
    const definition: JobDefinition<Payloads[N]> = this.catalog[name];
    const missing: Payloads[N][] = [];
    for (let start = 0; start < payloads.length; start += CHUNK_SIZE) {
      const chunk = payloads.slice(start, start + CHUNK_SIZE);
      const found = await this.queues.use(definition.queue, (queue) =>
        Promise.all(chunk.map((payload) => hasJob(queue, definition.deduplication.key(payload)))),
      );
      missing.push(...chunk.filter((_, index) => found[index] === false));
    }
    return missing;
  }

  /** Removes the job for this if it has not begun. */
  withdraw<N extends keyof Payloads & string>(name: N, payload: Payloads[N]): Promise<Withdrawal> {
    const definition: JobDefinition<Payloads[N]> = this.catalog[name];
    return this.queues.use(definition.queue, async (queue) => {
      const id = await queue.getDeduplicationJobId(definition.deduplication.key(payload));
      const job: Job | undefined = id === null ? undefined : await queue.getJob(id);
      if (job === undefined) return 'absent';
      if ((await job.getState()) === 'active') return 'running';
      try {
        await job.remove();
        return 'withdrawn';
      } catch (error) {
        // A worker has locked it since.
        if ((await job.getState()) === 'active') return 'running';
        throw error;
      }
    });
  }
}

/** The key may outlive its job, after an outage for instance. */
async function hasJob(queue: Queue, key: string): Promise<boolean> {
  const id = await queue.getDeduplicationJobId(key);
  return id !== null && (await queue.getJobState(id)) !== 'unknown';
}
