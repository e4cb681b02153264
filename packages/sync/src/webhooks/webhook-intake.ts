import { setTimeout as delay } from 'node:timers/promises';
import { ReelsyncError, toReelsyncError } from '@reelsync/core';
import type { DeliveryFacts, DeliveryRepository, WebhookOrder } from '@reelsync/database';
import type { RequestReceipt } from '../requests/request';
import { LEASE_MS, type OrderDispatcher } from './order-dispatcher';

/** Beyond so many at once the others wait in the inbox: a burst must not slow down the answers to itself. */
const MAX_DISPATCHES = 8;

/** An authentic delivery and what it asks for. */
export interface WebhookEvent extends Omit<DeliveryFacts, 'receivedAt'> {
  readonly orders: readonly WebhookOrder[];
  readonly replayKeys?: readonly string[];
}

export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** `receipts` is empty when the delivery is in the inbox and the answer did not wait for more. */
export interface Acceptance {
  readonly deliveryId: string;
  readonly receipts: readonly RequestReceipt[];
}

export interface WebhookIntakeOptions {
  readonly deliveries: Pick<DeliveryRepository, 'open' | 'note' | 'reject'>;
  readonly dispatcher: Pick<OrderDispatcher, 'dispatch'>;
  /** Whether Redis would take a job now; asked so that nobody waits for a Redis that is known to be away. */
  readonly isQueueReady: () => boolean;
  /** How long after its delivery came an answer may wait to tell the runs. */
  readonly answerBudgetMs: number;
  readonly now: () => Date;
  readonly onError: (error: ReelsyncError, facts: DeliveryFacts) => void;
}

/**
 * The one way in for webhooks. A delivery is stored in MongoDB before it is answered; what it asks for goes to the queue
 * at once, or is replayed from the inbox (see `InboxReplay`). So nothing that was answered with 2xx is lost (decision 0024).
 */
export class WebhookIntake {
  private readonly underWay = new Set<Promise<unknown>>();
  private dispatches = 0;

  constructor(private readonly options: WebhookIntakeOptions) {}

  /** Throws WEBHOOK_REPLAYED for a duplicate, and DATABASE_UNAVAILABLE when the delivery could not be stored. */
  async accept({ orders, replayKeys, ...event }: WebhookEvent): Promise<Acceptance> {
    const { deliveries, now, answerBudgetMs } = this.options;
    const receivedAt = now();
    const answerAt = performance.now() + answerBudgetMs;
    const facts = { ...event, receivedAt };
    const isMine = this.takesOn();
    const deliveryId = await deliveries.open({
      ...facts,
      orders,
      ...(replayKeys === undefined ? {} : { replayKeys }),
      leasedUntil: isMine ? new Date(receivedAt.getTime() + LEASE_MS) : receivedAt,
    });
    if (deliveryId === null) {
      const reason = { code: 'WEBHOOK_REPLAYED', message: 'This delivery was accepted before' } as const;
      void this.inBackground(facts, () => deliveries.note(facts, 'duplicate', reason));
      throw new ReelsyncError(reason.code, reason.message);
    }
    const entry = { ...facts, id: deliveryId, orders };
    const receipts = isMine ? await this.receiptsUntil(answerAt, entry) : [];
    return { deliveryId, receipts };
  }

  /** Writes down a delivery that asks for nothing: it is ignored, or all of it has been done. Returns its id. */
  note(
    event: Omit<DeliveryFacts, 'receivedAt'>,
    outcome: 'accepted' | 'ignored',
    reason: Reason,
  ): Promise<string> {
    return this.options.deliveries.note({ ...event, receivedAt: this.options.now() }, outcome, reason);
  }

  /** Writes down a delivery that was refused; the answer does not wait for it. */
  reject(event: Omit<DeliveryFacts, 'receivedAt'>, reason: Reason): void {
    const facts = { ...event, receivedAt: this.options.now() };
    void this.inBackground(facts, () => this.options.deliveries.reject(facts, reason));
  }

  /** Waits for what goes on after its answer. */
  async close(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }

  /** Whether this process puts the next delivery on the queue by itself, at once. */
  private takesOn(): boolean {
    return this.dispatches < MAX_DISPATCHES && this.options.isQueueReady();
  }

  private async receiptsUntil(
    answerAt: number,
    entry: DeliveryFacts & { readonly id: string; readonly orders: readonly WebhookOrder[] },
  ): Promise<readonly RequestReceipt[]> {
    const { dispatcher } = this.options;
    this.dispatches += 1;
    const dispatch = this.inBackground(entry, () =>
      dispatcher.dispatch({ ...entry, attempts: 0 }).finally(() => (this.dispatches -= 1)),
    );
    const leftMs = answerAt - performance.now();
    if (leftMs <= 0) return [];
    const timer = new AbortController();
    const timeout = delay(leftMs, undefined, { signal: timer.signal }).catch(() => undefined);
    const result = await Promise.race([dispatch, timeout]);
    timer.abort();
    return result?.status === 'placed' ? result.receipts : [];
  }

  /** Resolves to undefined when the work failed; then its error has been told. */
  private inBackground<T>(facts: DeliveryFacts, work: () => Promise<T>): Promise<T | undefined> {
    const task = work()
      .catch((error: unknown) => {
        this.options.onError(toReelsyncError(error), facts);
        return undefined;
      })
      .finally(() => this.underWay.delete(task));
    this.underWay.add(task);
    return task;
  }
}
