import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';

import type { Logger } from '@reelsync/runtime';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';

import { toHttpProblem, type HttpProblem } from './http-problem';

/** Normal in the life of a browser or a probe: not worth a line each. */
const QUIET_CODES = new Set(['ROUTE_UNKNOWN', 'LOGIN_REQUIRED']);

/** One logger and one id per request, so that all lines of a request can be found by it. */
export class RequestLog {
  private readonly loggers = new WeakMap<Request, Logger>();

  constructor(private readonly logger: Logger) {}

  readonly begin: RequestHandler = (request, response, next) => {
    const requestId = randomUUID();
    const { method, path, ip } = request;
    const logger = this.logger.child({ requestId, method, path, ip });
    const startedAt = performance.now();
    this.loggers.set(request, logger);
    response.setHeader('X-Request-Id', requestId);
    response.on('finish', () => {
      const durationMs = Math.round(performance.now() - startedAt);
      logger.debug({ status: response.statusCode, durationMs }, 'answered');
    });
    next();
  };

  /** Errors become answers here. */
  readonly answerError: ErrorRequestHandler = (error: unknown, request, response, next) => {
    const { status, code, message, advice, retryAfterS } = this.report(error, request);
    if (response.headersSent) {
      next(error);
      return;
    }
    if (retryAfterS !== undefined) response.setHeader('Retry-After', retryAfterS);
    response.status(status).type('application/problem+json');
    // RFC 9457, with the members that file servers know (contract §7.1).
    const problem = { type: 'about:blank', title: STATUS_CODES[status], status, detail: message };
    response.json({ ...problem, success: false, code, message, advice });
  };

  /** Logs an error, once, and says what the client is told about it. */
  report(error: unknown, request: Request): HttpProblem {
    const problem = toHttpProblem(error);
    const { status, code, message } = problem;
    const logger = this.of(request);
    if (status >= 500) logger.error({ status, code, err: error }, 'request failed');
    else if (QUIET_CODES.has(code)) logger.debug({ status, code }, 'request rejected');
    else logger.warn({ status, code, reason: message }, 'request rejected');
    return problem;
  }

  of(request: Request): Logger {
    return this.loggers.get(request) ?? this.logger;
  }
}
