import type { ReelsyncConfig } from '@reelsync/config';
import { enabledIds, ReelsyncError } from '@reelsync/core';
import { readGenericRequest } from '@reelsync/sync';
import { Router } from 'express';

import { replayKeysOf, type DeliveryProof } from './delivery-proof';
import { webhookEndpoint, type WebhookContext } from './webhook-endpoint';

export const GENERIC_PATH = '/webhooks/sync';

/** Of thousands, the first few say what it was about. */
const LOGGED_TITLES = 20;

export interface GenericWebhookOptions {
  readonly proof: DeliveryProof;
  readonly servers: ReelsyncConfig['servers'];
}

/** For every other program: names titles, or asks for a scan. */
export function genericWebhook(context: WebhookContext, { proof, servers }: GenericWebhookOptions): Router {
  const enabled = enabledIds(servers);
  const router = Router();
  router.post(
    GENERIC_PATH,
    webhookEndpoint(context, {
      endpoint: 'generic',
      authenticate: (request) => proof.authenticate(request),
      verify: (sender, bytes) => proof.verify(sender, bytes),
      handle: async (sender, body) => {
        const reading = readGenericRequest(body);
        if ('problem' in reading)
          throw new ReelsyncError('WEBHOOK_BODY_INVALID', `The body is not valid: ${reading.problem}`);
        const { server, titles, orders } = reading.request;
        const serverIds = enabled.filter((id) => server === undefined || id === server);
        if (serverIds.length === 0)
          throw new ReelsyncError('WEBHOOK_BODY_INVALID', 'server: no such server is configured and enabled');
        const replayKeys = replayKeysOf(sender);
        const { deliveryId, receipts } = await context.intake.accept({
          endpoint: 'generic',
          source: sender.source,
          ...(titles.length === 0 ? {} : { titles: titles.slice(0, LOGGED_TITLES) }),
          ...(replayKeys.length === 0 ? {} : { replayKeys }),
          orders: orders(serverIds),
        });
        const runIds = receipts.map(({ runId }) => runId);
        return { status: 202, body: { status: 'accepted', deliveryId, runIds } };
      },
    }),
  );
  return router;
}
