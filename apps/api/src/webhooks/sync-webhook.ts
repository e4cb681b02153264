import { ReelsyncError } from '@reelsync/core';
import type { RequestReceipt } from '@reelsync/sync';
import { Router, type Request } from 'express';
import { z } from 'zod';

import { webhookEndpoint, type Sender, type WebhookContext } from './webhook-endpoint';
import type { WebhookSenders } from './webhook-senders';

export const SYNC_PATH = '/api/authenticated/admin/sync';

/** The address that the website's admin page knows (sync-semantics §7.3). */
const STREAM_URL = '/api/authenticated/admin/sync-stream';

/** Open for members to come: an unknown one must not cost the sender its delivery. */
const bodySchema = z.object({ forceSync: z.boolean().optional() });

/** A file server, known by the id that it shares with us. */
export interface ServerSender extends Sender {
  readonly serverIds: readonly string[];
}

/** "Please sync" of a file server (contract §7.1): asks for a scan of the sender and answers at once. */
export function syncWebhook(context: WebhookContext, senders: WebhookSenders): Router {
  const { intake, now } = context;
  const router = Router();
  router.post(
    SYNC_PATH,
    webhookEndpoint(context, {
      endpoint: 'sync',
      anyContentType: true,
      authenticate: (request) => authenticateServer(senders, request),
      handle: async ({ serverIds, source }, body) => {
        const { force } = parseSyncBody(body);
        if (serverIds.length === 0)
          throw new ReelsyncError('SERVER_NOT_CONFIGURED', 'No enabled server is configured');
        const startTime = now().toISOString();
        const { deliveryId, receipts } = await intake.accept({
          endpoint: 'sync',
          source,
          orders: [{ kind: 'scan', serverIds, force }],
        });
        const [receipt] = receipts;
        return { status: 202, body: { ...syncAnswer(receipt, startTime), deliveryId } };
      },
    }),
  );
  return router;
}

export function parseSyncBody(body: unknown): { readonly force: boolean } {
  const { success, data } = bodySchema.safeParse(body === undefined ? {} : body);
  if (!success)
    throw new ReelsyncError('WEBHOOK_BODY_INVALID', 'The body is not an object with a boolean forceSync');
  return { force: data.forceSync ?? false };
}

/** Without a receipt it has been taken in, and its run comes later. */
export function syncAnswer(
  receipt: Pick<RequestReceipt, 'runId' | 'status'> | undefined,
  startTime: string,
): Readonly<Record<string, unknown>> {
  const state = receipt?.status === 'merged' ? { alreadyRunning: true } : { started: true, startTime };
  return { ...state, streamUrl: STREAM_URL, ...(receipt === undefined ? {} : { runId: receipt.runId }) };
}

export function authenticateServer(senders: WebhookSenders, request: Request): ServerSender {
  const serverIds = senders.identify(request.get('X-Webhook-ID'));
  if (serverIds === undefined)
    throw new ReelsyncError('WEBHOOK_UNAUTHORIZED', 'The webhook id is missing or not known');
  return { serverIds, source: serverIds.join(',') };
}
