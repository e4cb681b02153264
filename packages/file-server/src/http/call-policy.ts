import { ReelsyncError, type ErrorCode } from '@reelsync/core';
import {
  bulkhead,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  type IRetryBackoffContext,
} from 'cockatiel';
import type { ClientLimits } from './client-limits';

/** Faults of the server or of the way to it. Only these open the breaker; 404, 401 and bad content do not. */
const FAULTS: ReadonlySet<ErrorCode> = new Set(['SERVER_UNREACHABLE', 'SERVER_TIMEOUT', 'SERVER_ERROR']);
/** The limiter's queue has no limit: who waits is bounded by the jobs that a worker runs at the same time. */
const QUEUE_CAPACITY = Number.MAX_SAFE_INTEGER;

interface PolicyCall<T> {
  /** Called once, when the call has got its place among the simultaneous requests. */
  readonly onStart: () => void;
  readonly attempt: (attempt: number) => Promise<T>;
}

interface PolicyOptions {
  readonly concurrency: number;
  readonly limits: ClientLimits;
  readonly now: () => number;
  readonly random: () => number;
}

/**
 * Limiter, retry and breaker of one server, in this order from outside: a call keeps its place while it waits for its
 * next try, so a struggling server gets less traffic, and each try counts for the breaker by itself.
 */
export class CallPolicy {
  private readonly limiter;
  private readonly retry;
  private readonly breaker;
  private openedAt = 0;
  private retries = 0;

  constructor(private readonly options: PolicyOptions) {
    const { limits, concurrency, now } = options;
    this.limiter = bulkhead(concurrency, QUEUE_CAPACITY);
    this.retry = retry(
      handleWhen((error) => this.isRetryable(error)),
      {
        maxAttempts: limits.maxRetries,
        backoff: new DelegateBackoff((context: IRetryBackoffContext<unknown>) => this.delayOf(context)),
      },
    );
    this.breaker = circuitBreaker(
      handleWhen((error) => error instanceof ReelsyncError && FAULTS.has(error.code)),
      {
        halfOpenAfter: limits.breakerOpenMs,
        breaker: new ConsecutiveBreaker(limits.breakerThreshold),
      },
    );
    this.retry.onRetry(() => (this.retries += 1));
    this.breaker.onBreak(() => (this.openedAt = now()));
  }

  /**
   * Rejects with BrokenCircuitError while the breaker is open. The signal is not given to the limiter: one that is
   * aborted in cockatiel's queue leaves the queue without letting the next one in, and at a concurrency of 1 all stop.
   */
  async execute<T>(signal: AbortSignal, call: PolicyCall<T>): Promise<T> {
    return this.limiter.execute(async () => {
      stopWhenAborted(signal);
      call.onStart();
      return this.retry.execute(
        async ({ attempt }) =>
          this.breaker.execute(async () => {
            stopWhenAborted(signal);
            return call.attempt(attempt);
          }),
        signal,
      );
    });
  }

  get active(): number {
    return this.options.concurrency - this.limiter.executionSlots;
  }

  get pending(): number {
    return QUEUE_CAPACITY - this.limiter.queueSlots;
  }

  get retried(): number {
    return this.retries;
  }

  get breakerState(): 'closed' | 'open' | 'half-open' {
    switch (this.breaker.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.HalfOpen:
        return 'half-open';
      case CircuitState.Open:
      case CircuitState.Isolated:
        return 'open';
    }
  }

  /** How long an open breaker lets nothing through yet, in milliseconds. */
  get reopensInMs(): number {
    const { limits, now } = this.options;
    return Math.max(0, this.openedAt + limits.breakerOpenMs - now());
  }

  private isRetryable(error: Error): boolean {
    if (!(error instanceof ReelsyncError)) return false;
    if (error.code !== 'SERVER_THROTTLED') return FAULTS.has(error.code);
    return error.retryAfterMs !== undefined && error.retryAfterMs <= this.options.limits.maxInPlaceWaitMs;
  }

  /** Retry-After when the server named a time, else exponential with jitter over the upper half. */
  private delayOf({ attempt, result }: IRetryBackoffContext<unknown>): number {
    if (
      'error' in result &&
      result.error instanceof ReelsyncError &&
      result.error.retryAfterMs !== undefined
    ) {
      return result.error.retryAfterMs;
    }
    const delay = this.options.limits.retryDelayMs * 2 ** (attempt - 1);
    return delay / 2 + (delay / 2) * this.options.random();
  }
}

/** Not a fault and not retryable: whoever waited for this call has already got the signal's reason. */
function stopWhenAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new TaskCancelledError();
}
