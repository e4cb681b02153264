/** Bounds of the client of one server. Times in milliseconds, sizes in bytes. */
export interface ClientLimits {
  /** Further tries after the first. */
  readonly maxRetries: number;
  /** Before the first retry; doubles, with jitter. */
  readonly retryDelayMs: number;
  /** Longest Retry-After that is waited for in place; a longer one is handed to the caller. */
  readonly maxInPlaceWaitMs: number;
  /** A call with all its tries takes at most this many times the deadline of one try. Waiting in the queue is extra. */
  readonly callBudgetFactor: number;
  /** Faults without a success between them that open the breaker. */
  readonly breakerThreshold: number;
  /** How long an open breaker lets nothing through. */
  readonly breakerOpenMs: number;
  readonly metadataBytes: number;
  readonly blurhashBytes: number;
  readonly titleHashesBytes: number;
  /** One record of a listing; only a bound on memory, real ones are a few kilobytes. */
  readonly recordBytes: number;
  readonly availabilityTtlMs: number;
  /** Bodies kept to answer a 304 with (ST-1 `revalidated`), and their URLs. Files are asked for again soon or never. */
  readonly cachedFileBytes: number;
}

export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  maxRetries: 2,
  retryDelayMs: 200,
  maxInPlaceWaitMs: 2_000,
  callBudgetFactor: 2,
  breakerThreshold: 10,
  breakerOpenMs: 10_000,
  metadataBytes: 5 * 1024 * 1024,
  blurhashBytes: 64 * 1024,
  titleHashesBytes: 64 * 1024 * 1024,
  recordBytes: 8 * 1024 * 1024,
  availabilityTtlMs: 5 * 60_000,
  cachedFileBytes: 1024 * 1024,
};
