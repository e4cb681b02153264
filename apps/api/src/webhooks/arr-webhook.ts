import { ReelsyncError } from '@reelsync/core';
import { interpretArr, readArrPayload, type ArrKind } from '@reelsync/sync';
import { Router, type RequestHandler } from 'express';

import type { ArrSenders } from './arr-senders';
import { webhookEndpoint, type WebhookContext } from './webhook-endpoint';

const KINDS: readonly ArrKind[] = ['radarr', 'sonarr'];

/**
 * Radarr and Sonarr (arr-webhooks). They call within their imports, never repeat a call, and switch a receiver off that
 * refuses: whatever is authentic and readable is answered with 2xx, also when nothing follows from it.
 */
export function arrWebhooks(context: WebhookContext, senders: ArrSenders): Router {
  const router = Router();
  for (const kind of KINDS) {
    const handler = arrHandler(kind, context, senders);
    // The user of the instance chooses the method.
    router.route(`/webhooks/${kind}/:source`).post(handler).put(handler);
  }
  return router;
}

function arrHandler(kind: ArrKind, context: WebhookContext, senders: ArrSenders): RequestHandler {
  const { intake } = context;
  return webhookEndpoint(context, {
    endpoint: kind,
    authenticate: (request) => senders.authenticate(kind, String(request.params['source']), request),
    handle: async ({ source, arr }, body) => {
      const payload = readArrPayload(body);
      if (payload === undefined)
        throw new ReelsyncError('WEBHOOK_BODY_INVALID', 'The body is not an object with an eventType');
      const facts = { endpoint: kind, source, event: payload.eventType };
      const meaning = interpretArr(payload, arr);
      if ('ignored' in meaning) {
        const deliveryId = await intake.note(facts, 'ignored', meaning.ignored);
        const { code, message } = meaning.ignored;
        return { status: 200, body: { status: 'ignored', code, message, deliveryId } };
      }
      const { titles, orders } = meaning;
      const { deliveryId, receipts } = await intake.accept({ ...facts, titles, orders });
      const runIds = receipts.map(({ runId }) => runId);
      return { status: 202, body: { status: 'accepted', titles, deliveryId, runIds } };
    },
  });
}
