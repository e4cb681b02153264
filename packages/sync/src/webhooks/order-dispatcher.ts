import { decideDisposition, toReelsyncError, type ReelsyncError } from '@reelsync/core';
import type { DeliveryFacts, DeliveryRepository, InboxEntry } from '@reelsync/database';
import { backoffDelayMs } from '@reelsync/queue';
import type { RequestReceipt } from '../requests/request';
import { placeOrder, type OrderTargets } from './place-order';

/** Longer than placing the orders of a delivery takes: until then nobody else tries. */
export const LEASE_MS = 30_000;
/** Faults that are no outage: tried for about an hour, then given up. */
const MAX_ATTEMPTS = 15;
const BACKOFF = { baseMs: 2000, capMs: 5 * 60_000 };

/**
 * - placed: all of it is on the queue
 * - postponed: still in the inbox; `outage` says that others would fare alike now
 * - failed: it cannot be done
 */
export type Dispatch =
  | { readonly status: 'placed'; readonly receipts: readonly RequestReceipt[] }
  | { readonly status: 'postponed'; readonly outage: boolean; readonly error: ReelsyncError }
  | { readonly status: 'failed'; readonly error: ReelsyncError };

export interface OrderDispatcherOptions extends OrderTargets {
  readonly deliveries: Pick<DeliveryRepository, 'advance' | 'postpone' | 'fail'>;
  readonly now: () => Date;
  readonly random: () => number;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
}

/** Puts what a delivery of the inbox asks for onto the queue, and writes down what became of it. */
export class OrderDispatcher {
  constructor(private readonly options: OrderDispatcherOptions) {}

  /** Rejects only when the outcome cannot be written down; the lease ends and somebody tries again. */
  async dispatch(entry: InboxEntry): Promise<Dispatch> {
    const { deliveries, signal, now } = this.options;
    const receipts: RequestReceipt[] = [];
    const origin = { requester: requesterOf(entry), receivedAt: entry.receivedAt, signal };
    try {
      for (const [index, order] of entry.orders.entries()) {
        const receipt = await placeOrder(order, this.options, origin);
        receipts.push(receipt);
        await deliveries.advance(entry, receipt.runId, entry.orders.slice(index + 1), now());
      }
      return { status: 'placed', receipts };
    } catch (error) {
      return this.handle(entry, toReelsyncError(error));
    }
  }

  private async handle(entry: InboxEntry, error: ReelsyncError): Promise<Dispatch> {
    const { attempts } = entry;
    const { deliveries, now, random, signal } = this.options;
    const disposition = signal.aborted ? 'requeue' : decideDisposition(error).kind;
    if (disposition === 'delay' || disposition === 'requeue') {
      await deliveries.postpone(entry, now(), error, false);
      return { status: 'postponed', outage: true, error };
    }
    if (disposition === 'dead-letter' || attempts + 1 >= MAX_ATTEMPTS) {
      await deliveries.fail(entry, error, now());
      return { status: 'failed', error };
    }
    const waitMs = backoffDelayMs(BACKOFF, attempts + 1, random);
    await deliveries.postpone(entry, new Date(now().getTime() + waitMs), error, true);
    return { status: 'postponed', outage: false, error };
  }
}

/** For the run; servers are called by their ids alone, as everywhere. */
function requesterOf({ endpoint, source }: DeliveryFacts): string {
  if (source === undefined) return endpoint;
  return endpoint === 'sync' || endpoint === 'status' ? source : `${endpoint}/${source}`;
}
