import type { ErrorCode, FetchContent } from '@reelsync/core';

export type RequestKind = 'listing' | 'title-hashes' | 'availability' | FetchContent;

/** One question to a file server, however many attempts it takes. */
export interface RequestPlan {
  readonly kind: RequestKind;
  /** Subject of every message about this request, e.g. `Metadata of 'Up (2009)'`. */
  readonly subject: string;
  readonly title?: string;
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  /** Deadline of one attempt, in milliseconds. */
  readonly timeoutMs: number;
  /** Statuses that answer the question; every other one is an error (B-37). */
  readonly accepts: (statusCode: number) => boolean;
}

/** What is reported after each attempt; for metrics and logs. */
export interface RequestStat {
  readonly serverId: string;
  readonly kind: RequestKind;
  /** 0 for the first try. */
  readonly attempt: number;
  /** Until the attempt's result was known: for a listing its headers, for a file its whole body. */
  readonly durationMs: number;
  readonly statusCode?: number;
  /** Code of the error that ended the attempt; `ABORTED` when the caller gave up. Absent on success. */
  readonly error?: ErrorCode | 'ABORTED';
}
