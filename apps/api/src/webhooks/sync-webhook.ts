import { ReelsyncError } from '@reelsync/core';
import type { SyncRequests } from '@reelsync/sync';
import express, { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import { z } from 'zod';

import { clientErrorStatus } from '../http/http-problem';
import { withinDeadline } from '../http/within-deadline';
import type { WebhookSenders } from './webhook-senders';

export const SYNC_PATH = '/api/authenticated/admin/sync';

/** The address that the website's admin page knows (sync-semantics §7.3). */
const STREAM_URL = '/api/authenticated/admin/sync-stream';

/** Open for members to come: an unknown one must not cost the sender its delivery. */
const bodySchema = z.object({ forceSync: z.boolean().optional() });

export interface SyncWebhookOptions {
  readonly senders: WebhookSenders;
  readonly requests: Pick<SyncRequests, 'requestScan'>;
  readonly bodyLimitBytes: number;
  /** The sender has no timeout of its own and no retry (contract §7.1): a hanging dependency must not hold it. */
  readonly deadlineMs: number;
  readonly now: () => Date;
}

/** "Please sync" of a file server (contract §7.1): asks for a scan of the sender and answers at once. */
export function syncWebhook(options: SyncWebhookOptions): Router {
  const router = Router();
  // The id is checked before a byte of the body is read. What the body is called does not matter, only what it is.
  const readBody = express.json({ limit: options.bodyLimitBytes, type: () => true, strict: false });
  router.post(SYNC_PATH, authenticate(options.senders), readBody, startScan(options));
  router.use(SYNC_PATH, explainBody);
  return router;
}

function authenticate(senders: WebhookSenders): RequestHandler {
  return (request, _response, next) => {
    if (senders.identify(request.get('X-Webhook-ID')) !== undefined) next();
    else next(new ReelsyncError('WEBHOOK_UNAUTHORIZED', 'The webhook id is missing or not known'));
  };
}

function startScan({ senders, requests, deadlineMs, now }: SyncWebhookOptions): RequestHandler {
  return async (request, response) => {
    const body: unknown = request.body;
    const parsed = bodySchema.safeParse(body === undefined ? {} : body);
    if (!parsed.success) {
      throw new ReelsyncError('WEBHOOK_BODY_INVALID', 'The body is not an object with a boolean forceSync');
    }
    const serverIds = senders.identify(request.get('X-Webhook-ID')) ?? [];
    if (serverIds.length === 0) {
      throw new ReelsyncError('SERVER_NOT_CONFIGURED', 'No enabled server is configured');
    }
    const startTime = now().toISOString();
    const { runId, status } = await withinDeadline(
      requests.requestScan({
        serverIds,
        force: parsed.data.forceSync ?? false,
        trigger: 'webhook',
        urgency: 'webhook',
        requester: serverIds.join(','),
      }),
      deadlineMs,
      () => new ReelsyncError('QUEUE_UNAVAILABLE', 'The database or the queue did not answer in time'),
    );
    const state = status === 'created' ? { started: true, startTime } : { alreadyRunning: true };
    response.status(202).json({ ...state, streamUrl: STREAM_URL, runId });
  };
}

/** Gives the parser's complaints the codes of webhooks. */
const explainBody: ErrorRequestHandler = (error: unknown, _request, _response, next) => {
  const status = clientErrorStatus(error);
  if (error instanceof ReelsyncError || status === undefined) next(error);
  else if (status === 413) next(new ReelsyncError('WEBHOOK_BODY_TOO_LARGE', 'The body is too large'));
  else next(new ReelsyncError('WEBHOOK_BODY_INVALID', 'The body is not valid JSON'));
};
