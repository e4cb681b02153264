/** Waiting times between attempts: doubling from `baseMs`, never above `capMs`. */
export interface BackoffPolicy {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * The wait after `attempt` failed attempts. The upper half is random: jobs that failed together because of one
 * outage must not return together.
 */
export function backoffDelayMs(policy: BackoffPolicy, attempt: number, random: () => number): number {
  const full = Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random());
}
