/**
 * Who asked for a job; lower runs first. Every producer names one: in BullMQ a job without priority would
 * overtake all jobs that have one.
 */
export const PRIORITIES = { person: 1, webhook: 10, schedule: 20, bulk: 50, sweep: 100 } as const;

export type Priority = keyof typeof PRIORITIES;
