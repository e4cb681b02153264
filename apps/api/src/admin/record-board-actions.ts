import type { AuditRepository } from '@reelsync/database';
import type { Request, RequestHandler } from 'express';

import type { RequestLog } from '../http/request-log';

export interface BoardRecordOptions {
  readonly audit: Pick<AuditRepository, 'record'>;
  readonly adminUser: string;
  readonly log: RequestLog;
  readonly now: () => Date;
}

/** Of what a request carried: enough to know what was changed. */
const RECORDED_CHARACTERS = 2000;

/** What is changed in Bull Board goes into the same record as what is changed elsewhere. */
export function recordBoardActions({ audit, adminUser, log, now }: BoardRecordOptions): RequestHandler {
  return (request, response, next) => {
    const { method, path } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      // Not at `finish`: that never comes when the page has gone, and what it asked for happens all the same.
      response.once('close', () => {
        const entry = {
          at: now(),
          actor: { kind: 'session', name: adminUser } as const,
          action: 'board',
          details: {
            request: `${method} ${path}`,
            ...bodyOf(request),
            ...(response.writableFinished ? { status: response.statusCode } : {}),
          },
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

/** Bull Board's router has parsed it by then: new data, priority or limit of a job or queue. */
function bodyOf({ body }: Request): { readonly body?: string } {
  const given: unknown = body;
  const text = given === undefined ? undefined : JSON.stringify(given);
  return text === undefined || text === '{}' ? {} : { body: text.slice(0, RECORDED_CHARACTERS) };
}
