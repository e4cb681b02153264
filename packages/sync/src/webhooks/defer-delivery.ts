import { toReelsyncError } from '@reelsync/core';
import type { DeliveryFacts, WebhookOrder } from '@reelsync/database';
import type { JobPayload, JobPayloads, JobProducer } from '@reelsync/queue';
import { mustBeTaken } from '../requests/must-be-taken';
import type { ServerStatus } from './server-status';

/** What becomes of a delivery, as far as the answer to it decides that. */
export type DeliveryMeaning =
  | { readonly kind: 'orders'; readonly orders: readonly WebhookOrder[] }
  | {
      readonly kind: 'note';
      readonly outcome: 'accepted' | 'ignored';
      readonly code: string;
      readonly message: string;
    }
  | { readonly kind: 'status'; readonly serverId: string; readonly status: ServerStatus };

/** A delivery that MongoDB cannot take now. */
export interface DeferredDelivery {
  readonly id: string;
  readonly facts: DeliveryFacts;
  readonly replayKeys?: readonly string[];
  readonly meaning: DeliveryMeaning;
}

export type DeferProducer = Pick<JobProducer<JobPayloads>, 'enqueue'>;

/** Puts a delivery on the queue until MongoDB is back (decision 0024). `merged`: a delivery with its key waits there. */
export async function deferDelivery(
  { id, facts, replayKeys = [], meaning }: DeferredDelivery,
  producer: DeferProducer,
): Promise<'created' | 'merged'> {
  const { endpoint, source, event, titles, receivedAt } = facts;
  const payload: JobPayload<'webhook.store'> = {
    v: 1,
    id,
    endpoint,
    ...(source === undefined ? {} : { source }),
    ...(event === undefined ? {} : { event }),
    ...(titles === undefined ? {} : { titles: [...titles] }),
    receivedAt: receivedAt.toISOString(),
    ...(replayKeys.length === 0 ? {} : { replayKeys: [...replayKeys] }),
    what: meaning.kind === 'orders' ? { kind: 'orders', orders: meaning.orders.map(asPlainData) } : meaning,
  };
  return mustBeTaken(await producer.enqueue('webhook.store', payload, { priority: 'webhook' }));
}

/** Faults of MongoDB itself, and not of what it was asked to store. */
export function isDatabaseAway(error: unknown): boolean {
  const { code } = toReelsyncError(error);
  return code === 'DATABASE_UNAVAILABLE' || code === 'DATABASE_ERROR';
}

type PlainOrder = Extract<JobPayload<'webhook.store'>['what'], { kind: 'orders' }>['orders'][number];

function asPlainData(order: WebhookOrder): PlainOrder {
  switch (order.kind) {
    case 'scan':
    case 'title':
      return { ...order, serverIds: [...order.serverIds] };
    case 'units': {
      const { titles, operations, ...rest } = order;
      const named = { ...rest, titles: [...titles] };
      return operations === undefined ? named : { ...named, operations: [...operations] };
    }
  }
}
