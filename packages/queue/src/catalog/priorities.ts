/**
 * Who asked for a job; lower runs first. Every producer names one: in BullMQ a job without priority would
 * overtake all jobs that have one.
 */
export const PRIORITIES = { person: 1, webhook: 10, schedule: 20, bulk: 50, sweep: 100 } as const;

export type Priority = keyof typeof PRIORITIES;

/** Most urgent first. */
export const PRIORITY_NAMES = [
  'person',
  'webhook',
  'schedule',
  'bulk',
  'sweep',
] as const satisfies readonly Priority[];

/** The name of a job's number; of one that no name has, the next less urgent. */
export function priorityOf(number: number): Priority {
  const names: readonly Priority[] = ['person', 'webhook', 'schedule', 'bulk'];
  return names.find((name) => number <= PRIORITIES[name]) ?? 'sweep';
}
