import type { Queue } from 'bullmq';

/** Jobs of one queue by state. */
export interface QueueCounts {
  readonly waiting: number;
  readonly prioritized: number;
  readonly delayed: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
}

export async function countJobs(queue: Queue): Promise<QueueCounts> {
  const states = ['waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed'] as const;
  const counts = await queue.getJobCounts(...states);
  const count = (state: (typeof states)[number]): number => counts[state] ?? 0;
  return {
    waiting: count('waiting'),
    prioritized: count('prioritized'),
    delayed: count('delayed'),
    active: count('active'),
    completed: count('completed'),
    failed: count('failed'),
  };
}
