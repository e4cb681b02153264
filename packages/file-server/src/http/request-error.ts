import { types } from 'node:util';
import { ReelsyncError, type ErrorCode } from '@reelsync/core';
import { publicUrl } from './request-target';
import type { RequestPlan } from './request-plan';

interface ErrorDetails {
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
  readonly statusCode?: number;
}

/** Makes the errors of one server: each says what happened to which title on which server, and holds no credentials. */
export class RequestErrors {
  constructor(
    private readonly serverId: string,
    private readonly now: () => number,
  ) {}

  create(plan: RequestPlan, code: ErrorCode, what: string, details: ErrorDetails = {}): ReelsyncError {
    const { cause, retryAfterMs, statusCode } = details;
    return new ReelsyncError(code, `${plan.subject} on server '${this.serverId}' ${what}`, {
      context: {
        serverId: this.serverId,
        url: publicUrl(plan.url),
        ...(plan.title === undefined ? {} : { title: plan.title }),
        ...(statusCode === undefined ? {} : { statusCode }),
      },
      ...(cause === undefined ? {} : { cause }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }

  timeout(plan: RequestPlan, ms: number): ReelsyncError {
    return this.create(plan, 'SERVER_TIMEOUT', `did not arrive within ${ms} ms`);
  }

  /** By status alone, never by message text (B-37). Only called for statuses that do not answer the question. */
  status(plan: RequestPlan, statusCode: number, headers: ResponseHeaders): ReelsyncError {
    const retryAfterMs = parseRetryAfter(headers['retry-after'], this.now());
    if (statusCode === 401 || statusCode === 403) {
      return this.create(plan, 'SERVER_UNAUTHORIZED', `was refused (HTTP ${statusCode})`, { statusCode });
    }
    if (statusCode === 404 || statusCode === 410) {
      return this.create(plan, 'LISTING_NOT_FOUND', `does not exist (HTTP ${statusCode})`, { statusCode });
    }
    if (statusCode === 429 || (statusCode === 503 && retryAfterMs !== undefined)) {
      return this.throttled(plan, statusCode, retryAfterMs);
    }
    if (statusCode === 408 || statusCode >= 500) {
      return this.create(plan, 'SERVER_ERROR', `failed on the server (HTTP ${statusCode})`, { statusCode });
    }
    return this.create(plan, 'SERVER_REJECTED', rejection(statusCode, headers), { statusCode });
  }

  /** What was thrown below HTTP: no connection, a broken one, or a request that cannot be sent at all. */
  transport(plan: RequestPlan, error: unknown): ReelsyncError {
    const code = errorCodeOf(error);
    const reason = reasonOf(error);
    switch (code) {
      case undefined:
        return this.create(plan, 'UNEXPECTED', `could not be read: ${reason}`, { cause: error });
      case 'UND_ERR_INVALID_ARG':
        return this.create(plan, 'SERVER_REJECTED', `cannot be requested: ${reason}`, { cause: error });
      case 'UND_ERR_CONNECT_TIMEOUT':
      case 'ETIMEDOUT':
        return this.create(plan, 'SERVER_TIMEOUT', `could not be requested: ${reason}`, { cause: error });
      default:
        return this.create(plan, 'SERVER_UNREACHABLE', `could not be read: ${reason}`, { cause: error });
    }
  }

  private throttled(plan: RequestPlan, statusCode: number, retryAfterMs: number | undefined): ReelsyncError {
    const wait = retryAfterMs === undefined ? '' : `, try again in ${retryAfterMs} ms`;
    return this.create(plan, 'SERVER_THROTTLED', `was put off by the server (HTTP ${statusCode}${wait})`, {
      statusCode,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
}

type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Both forms of Retry-After, as milliseconds from now; undefined when absent or unreadable. */
export function parseRetryAfter(value: string | string[] | undefined, now: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The `code` of a system or library error, e.g. ECONNREFUSED. */
export function errorCodeOf(error: unknown): string | undefined {
  if (!types.isNativeError(error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Connection errors that cover several addresses have a code but no message of their own. */
export function reasonOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  return error.message === '' ? (errorCodeOf(error) ?? error.name) : error.message;
}

function rejection(statusCode: number, headers: ResponseHeaders): string {
  const location = headers['location'];
  if (statusCode < 400 && typeof location === 'string') {
    return `was redirected (HTTP ${statusCode}) to ${publicUrl(location)}; configure that address instead`;
  }
  return `was rejected (HTTP ${statusCode})`;
}
