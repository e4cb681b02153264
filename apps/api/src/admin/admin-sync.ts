import { parseInput, type Handlers } from '@reelsync/admin';
import { ReelsyncError } from '@reelsync/core';
import { Router, type Request, type RequestHandler } from 'express';

import { withinDeadline } from '../http/within-deadline';
import { parseJsonDocument } from '../webhooks/json-document';
import { parseSyncBody, syncAnswer, SYNC_PATH } from '../webhooks/sync-webhook';
import { bodyReader } from '../webhooks/webhook-body';
import type { AdminGuard } from './require-admin';

export interface AdminSyncOptions {
  /** What every request has to pass. */
  readonly guard: readonly RequestHandler[];
  readonly admin: Pick<AdminGuard, 'actorOf'>;
  readonly requestSync: Handlers['requestSync'];
  readonly bodyLimitBytes: number;
  readonly deadlineMs: number;
  readonly now: () => Date;
}

/**
 * "Please sync" of a person, at the address that file servers use too (contract §7.1): a scan of all servers. Its session
 * counts only for pages of this server, see the guard; another site sends a token through its own server.
 */
export function adminSync(options: AdminSyncOptions): Router {
  const { guard, admin, requestSync, bodyLimitBytes, deadlineMs, now } = options;
  const readBody = bodyReader({ limitBytes: bodyLimitBytes, anyContentType: true });
  const router = Router();
  router.post(SYNC_PATH, leaveToWebhook, ...guard, async (request, response) => {
    const { force } = parseSyncBody(parseJsonDocument(await readBody(request, response)));
    const startTime = now().toISOString();
    const context = { actor: admin.actorOf(request), signal: new AbortController().signal };
    const receipt = await withinDeadline(
      requestSync(parseInput('requestSync', { kind: 'scan', force }), context),
      deadlineMs,
      () => new ReelsyncError('QUEUE_UNAVAILABLE', 'The request was not taken in time'),
    );
    response.status(202).json(syncAnswer(receipt, startTime));
  });
  return router;
}

/** A file server shows its id; a person a token or a session. */
const leaveToWebhook: RequestHandler = (request, _response, next) => {
  if (isOfServer(request)) next('route');
  else next();
};

function isOfServer(request: Request): boolean {
  if (request.get('X-Webhook-ID') !== undefined) return true;
  return request.get('Authorization') === undefined && request.get('Cookie') === undefined;
}
