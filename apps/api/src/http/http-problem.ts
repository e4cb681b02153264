import { ReelsyncError, type ErrorCode } from '@reelsync/core';

/** What only HTTP knows; everything else has a code of the core. */
const HTTP_CODES = {
  ROUTE_UNKNOWN: { status: 404, advice: 'Check method and path.' },
  REQUEST_INVALID: { status: 400, advice: 'Send a well-formed request.' },
  METHOD_NOT_ALLOWED: { status: 405, advice: 'See the header Allow.' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, advice: 'Send Content-Type: application/json.' },
  LOGIN_FAILED: { status: 401, advice: 'Check user name and password.' },
  LOGIN_THROTTLED: { status: 429, advice: 'Wait a quarter of an hour.' },
  ORIGIN_REFUSED: { status: 403, advice: 'Send the request from a page of this server.' },
  STREAMS_EXHAUSTED: { status: 503, advice: 'Close other event streams, or raise EVENTS_MAX_STREAMS.' },
  HTTPS_REQUIRED: {
    status: 400,
    advice: 'Use HTTPS (behind a proxy set API_TRUST_PROXY), or unset API_SECURE_COOKIES.',
  },
} as const;

type HttpCode = keyof typeof HTTP_CODES;

const CORE_STATUS: Partial<Record<ErrorCode, number>> = {
  WEBHOOK_UNAUTHORIZED: 401,
  LOGIN_REQUIRED: 401,
  WEBHOOK_SIGNATURE_INVALID: 401,
  WEBHOOK_TIMESTAMP_INVALID: 401,
  WEBHOOK_REPLAYED: 409,
  WEBHOOK_CONTENT_TYPE_UNSUPPORTED: 415,
  TOKEN_INVALID: 401,
  INPUT_INVALID: 400,
  ARGUMENTS_INVALID: 409,
  SERVER_NOT_CONFIGURED: 422,
  RUN_UNKNOWN: 404,
  RUN_CANCELLED: 409,
  SCHEDULE_UNKNOWN: 404,
  BULK_UNKNOWN: 404,
  TITLE_UNKNOWN: 404,
  WEBHOOK_BODY_INVALID: 400,
  WEBHOOK_BODY_UNSAFE: 400,
  WEBHOOK_BODY_TOO_LARGE: 413,
};

/** A dependency is down: worth another try, and nothing about it is told to the outside. */
const UNAVAILABLE: Partial<Record<ErrorCode, string>> = {
  DATABASE_UNAVAILABLE: 'The database cannot be reached',
  DATABASE_ERROR: 'The database did not accept the request',
  DATABASE_CONFLICT: 'The database did not accept the request',
  QUEUE_UNAVAILABLE: 'The queue cannot be reached',
  QUEUE_MISCONFIGURED: 'The queue is not set up as it has to be',
};

const RETRY_AFTER_S = 10;

/** An error of a request that is told by its code alone. */
export class HttpError extends Error {
  constructor(
    readonly code: HttpCode,
    message: string,
  ) {
    super(message);
  }
}

/** What a client is told. */
export interface HttpProblem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly advice: string;
  readonly retryAfterS?: number;
}

/** Turns whatever a handler threw into an answer without stack, secret or internals. */
export function toHttpProblem(error: unknown): HttpProblem {
  if (error instanceof HttpError) {
    return { ...HTTP_CODES[error.code], code: error.code, message: error.message };
  }
  if (error instanceof ReelsyncError) return ofReelsyncError(error);
  const status = clientErrorStatus(error);
  if (status === undefined) return ofReelsyncError(new ReelsyncError('UNEXPECTED', ''));
  return {
    ...HTTP_CODES.REQUEST_INVALID,
    status,
    code: 'REQUEST_INVALID',
    message: 'The request is not valid',
  };
}

function ofReelsyncError({ code, message, advice }: ReelsyncError): HttpProblem {
  const status = CORE_STATUS[code];
  if (status !== undefined) return { status, code, message, advice };
  const unavailable = UNAVAILABLE[code];
  if (unavailable !== undefined) {
    return { status: 503, code, message: unavailable, advice, retryAfterS: RETRY_AFTER_S };
  }
  return { status: 500, code, message: 'The request could not be served', advice: 'See the log of the API.' };
}

/** Express and its parsers mark what the client did wrong with a status below 500. */
export function clientErrorStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
