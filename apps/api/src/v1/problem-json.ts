import type { ErrorRequestHandler } from 'express';
import { ReelsyncError } from '@reelsync/core';

import type { RequestLog } from '../http/request-log';

/** Errors of the admin API as RFC 9457 has them; `code` is stable. */
export function problemJson(log: RequestLog): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const { status, code, message, advice, retryAfterS } = log.report(error, request);
    if (response.headersSent) {
      next(error);
      return;
    }
    if (retryAfterS !== undefined) response.setHeader('Retry-After', retryAfterS);
    const problems = error instanceof ReelsyncError ? error.context['problems'] : undefined;
    response
      .status(status)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: `urn:reelsync:problem:${code}`,
          title: advice,
          status,
          code,
          detail: message,
          ...(problems === undefined ? {} : { problems }),
        }),
      );
  };
}
