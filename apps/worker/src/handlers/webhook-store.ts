import type { JobHandler, JobPayload } from '@reelsync/queue';
import { storeDelivery, type StoreDeliveryDependencies } from '@reelsync/sync';

/** `webhook.store`: a delivery that came while MongoDB was away; the inbox of this or another process does the rest. */
export function webhookStoreHandler(
  dependencies: StoreDeliveryDependencies,
): JobHandler<JobPayload<'webhook.store'>> {
  return async (payload, { logger }) => {
    const state = await storeDelivery(payload, dependencies);
    const { id: deliveryId, endpoint, source } = payload;
    logger.info({ deliveryId, endpoint, source, state }, 'webhook taken in after an outage of MongoDB');
    return { outcome: state === 'stored' ? 'updated' : 'skipped', state };
  };
}
