import type { ReelsyncError } from './reelsync-error';

/**
 * What happens to a job after an error (design decision 8).
 * - retry: one attempt is used, the back-off of the job catalog applies
 * - delay: wait `delayMs`, no attempt is used (a dependency is down or asked us to wait)
 * - dead-letter: no further attempt makes sense
 * - requeue: back to the queue at once, no attempt is used (this process is stopping)
 */
export type Disposition =
  | { readonly kind: 'retry' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'dead-letter' }
  | { readonly kind: 'requeue' };

const DEFAULT_THROTTLE_DELAY_MS = 10_000;
const MAX_THROTTLE_DELAY_MS = 10 * 60_000;

/** The one mapping from an error to what happens to its job. */
export function decideDisposition(error: ReelsyncError): Disposition {
  switch (error.category) {
    case 'transient':
      return { kind: 'retry' };
    case 'throttled':
      return {
        kind: 'delay',
        delayMs: Math.min(
          Math.max(error.retryAfterMs ?? DEFAULT_THROTTLE_DELAY_MS, 0),
          MAX_THROTTLE_DELAY_MS,
        ),
      };
    case 'permanent':
    case 'not-found':
    case 'configuration':
      return { kind: 'dead-letter' };
    case 'shutdown':
      return { kind: 'requeue' };
  }
}
