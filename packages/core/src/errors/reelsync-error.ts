import { inspect } from 'node:util';
import { ERROR_CODES, type ErrorCategory, type ErrorCode } from './error-codes';

/** Where an error happened. Never holds secrets: URLs here are without credentials. */
export interface ErrorContext {
  readonly serverId?: string;
  readonly title?: string;
  readonly url?: string;
  readonly [detail: string]: unknown;
}

interface ReelsyncErrorOptions {
  readonly context?: ErrorContext;
  readonly cause?: unknown;
  /** How long to wait before another try, in milliseconds (Retry-After, an open breaker). */
  readonly retryAfterMs?: number;
}

/** The only error class that crosses a package border. `code` is stable; `category` decides what happens next. */
export class ReelsyncError extends Error {
  override readonly name = 'ReelsyncError';
  readonly code: ErrorCode;
  readonly context: ErrorContext;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ReelsyncErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.context = options.context ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }

  get category(): ErrorCategory {
    return ERROR_CODES[this.code].category;
  }

  get advice(): string {
    return ERROR_CODES[this.code].advice;
  }
}

/** Turns anything that was thrown into a ReelsyncError; what is not ours becomes UNEXPECTED with the original as cause. */
export function toReelsyncError(error: unknown): ReelsyncError {
  if (error instanceof ReelsyncError) return error;
  const message = error instanceof Error ? error.message : typeof error === 'string' ? error : inspect(error);
  return new ReelsyncError('UNEXPECTED', message, { cause: error });
}
