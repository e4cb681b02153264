import { narrowingOf } from '@reelsync/core';
import type { DeliveryFacts, DeliveryRepository, WebhookOrder } from '@reelsync/database';
import type { JobPayload } from '@reelsync/queue';
import { applyServerStatus, STATUS_EFFECTS, type ServerStatusDependencies } from './server-status';

export interface StoreDeliveryDependencies {
  readonly holds: ServerStatusDependencies['holds'];
  readonly deliveries: Pick<DeliveryRepository, 'newId' | 'open' | 'note' | 'get' | 'scheduleScan'>;
}

type Stored = JobPayload<'webhook.store'>;

/**
 * Does for a delivery that waited on the queue what its answer would have done. May happen twice, and after the write
 * that had seemed to fail: the id that the delivery got when it arrived tells.
 */
export async function storeDelivery(
  payload: Stored,
  { holds, deliveries }: StoreDeliveryDependencies,
): Promise<'stored' | 'known' | 'duplicate'> {
  const { id, what, replayKeys } = payload;
  const facts = factsOf(payload);
  switch (what.kind) {
    case 'orders': {
      const orders = what.orders.map(toOrder);
      const keys = replayKeys === undefined ? {} : { replayKeys };
      // Nobody works on it: the inbox is replayed by every process.
      const leasedUntil = facts.receivedAt;
      if (await deliveries.open(id, { ...facts, ...keys, orders, leasedUntil })) return 'stored';
      if ((await deliveries.get(id)) !== null) return 'known';
      const reason = { code: 'WEBHOOK_REPLAYED', message: 'This delivery was accepted before' };
      await deliveries.note(id, facts, 'duplicate', reason);
      return 'duplicate';
    }
    case 'note': {
      const { outcome, code, message } = what;
      await deliveries.note(id, facts, outcome, { code, message });
      return 'stored';
    }
    case 'status': {
      // As of then: a server that has been silent since may be scanned.
      const now = () => facts.receivedAt;
      const effect = await applyServerStatus(what.serverId, what.status, { holds, deliveries, now });
      const { outcome, ...reason } = STATUS_EFFECTS[effect];
      await deliveries.note(id, facts, outcome, reason);
      return 'stored';
    }
  }
}

function factsOf({ endpoint, source, event, titles, receivedAt }: Stored): DeliveryFacts {
  return {
    endpoint,
    ...(source === undefined ? {} : { source }),
    ...(event === undefined ? {} : { event }),
    ...(titles === undefined ? {} : { titles }),
    receivedAt: new Date(receivedAt),
  };
}

type PlainOrder = Extract<Stored['what'], { kind: 'orders' }>['orders'][number];

function toOrder(order: PlainOrder): WebhookOrder {
  if (order.kind !== 'units') return order;
  const { season, operations, ...rest } = order;
  return { ...rest, ...(season === undefined ? {} : { season }), ...narrowingOf({ operations }) };
}
