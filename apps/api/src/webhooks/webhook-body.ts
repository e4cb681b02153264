import { ReelsyncError } from '@reelsync/core';
import express, { type Request, type RequestHandler, type Response } from 'express';

import { clientErrorStatus } from '../http/http-problem';

export interface BodyOptions {
  readonly limitBytes: number;
  /** A sender whose content type does not matter, only what it sends (contract §7.1). */
  readonly anyContentType: boolean;
}

/** Reads the whole body as it was sent: a signature is over its bytes. */
export function bodyReader({
  limitBytes,
  anyContentType,
}: BodyOptions): (request: Request, response: Response) => Promise<Buffer> {
  const read: RequestHandler = express.raw({ limit: limitBytes, type: () => true });
  return async (request, response) => {
    refuseContentType(request, anyContentType);
    await new Promise<void>((resolve, reject) => {
      read(request, response, (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(toWebhookError(error));
      });
    });
    const body: unknown = request.body;
    return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  };
}

function refuseContentType(request: Request, anyContentType: boolean): void {
  const contentType = request.get('Content-Type') ?? '';
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  const isJson = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType);
  if (/^utf-?8$/i.test(charset) && (anyContentType || isJson)) return;
  throw new ReelsyncError('WEBHOOK_CONTENT_TYPE_UNSUPPORTED', 'The body is not declared as JSON in UTF-8');
}

/** Gives the reader's complaints the codes of webhooks; what is no complaint about the request stays as it is. */
function toWebhookError(error: unknown): Error {
  const status = clientErrorStatus(error);
  if (status === 413) return new ReelsyncError('WEBHOOK_BODY_TOO_LARGE', 'The body is too large');
  if (status !== undefined) return new ReelsyncError('WEBHOOK_BODY_INVALID', 'The body cannot be read');
  return error instanceof Error ? error : new Error('The body cannot be read', { cause: error });
}
