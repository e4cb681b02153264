import type { AuditRepository } from '@reelsync/database';
import type { RequestHandler } from 'express';

import type { RequestLog } from '../http/request-log';

export interface BoardRecordOptions {
  readonly audit: Pick<AuditRepository, 'record'>;
  readonly adminUser: string;
  readonly log: RequestLog;
  readonly now: () => Date;
}

/** What is changed in Bull Board goes into the same record as what is changed elsewhere. */
export function recordBoardActions({ audit, adminUser, log, now }: BoardRecordOptions): RequestHandler {
  return (request, response, next) => {
    const { method, path } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      response.once('finish', () => {
        const entry = {
          at: now(),
          actor: { kind: 'session', name: adminUser } as const,
          action: 'board',
          details: { request: `${method} ${path}`, status: response.statusCode },
        };
        // The answer is on its way already: a record that cannot be kept must at least be seen in the log.
        audit.record(entry).catch((error: unknown) => {
          log.of(request).error({ err: error, entry }, 'could not record who did what');
        });
      });
    }
    next();
  };
}
