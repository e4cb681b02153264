import type { ReelsyncConfig } from '@reelsync/config';
import { Router } from 'express';

import { ArrSenders } from './arr-senders';
import { arrWebhooks } from './arr-webhook';
import { DeliveryProof } from './delivery-proof';
import { genericWebhook } from './generic-webhook';
import { statusWebhook } from './status-webhook';
import { syncWebhook } from './sync-webhook';
import type { WebhookContext } from './webhook-endpoint';
import { WebhookSenders } from './webhook-senders';

/** What webhooks need beyond HTTP; see `openWebhooks`. */
export type WebhookServices = Pick<WebhookContext, 'intake'>;

export interface WebhookRoutesOptions extends WebhookContext, WebhookServices {
  readonly config: Pick<ReelsyncConfig, 'servers' | 'webhookIds' | 'webhooks'>;
}

/** Every address that programs push to. */
export function webhookRoutes({ config, ...context }: WebhookRoutesOptions): Router {
  const { servers, webhooks } = config;
  const senders = new WebhookSenders(config);
  const router = Router();
  router.use(syncWebhook(context, senders));
  router.use(statusWebhook(context, { senders, servers }));
  router.use(arrWebhooks(context, new ArrSenders(webhooks)));
  router.use(genericWebhook(context, { proof: new DeliveryProof(webhooks, context.now), servers }));
  return router;
}
