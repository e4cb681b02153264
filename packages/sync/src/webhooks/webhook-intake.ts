import { setTimeout as delay } from 'node:timers/promises';
import { ReelsyncError, toReelsyncError } from '@reelsync/core';
import type { DeliveryFacts, DeliveryRepository, InboxEntry, WebhookOrder } from '@reelsync/database';
import type { RequestReceipt } from '../requests/request';
import type { DeliveryStore } from './delivery-store';
import { LEASE_MS, type OrderDispatcher } from './order-dispatcher';
import {
  applyServerStatus,
  STATUS_EFFECTS,
  type ServerStatus,
  type ServerStatusDependencies,
  type StatusEffect,
} from './server-status';

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
  readonly deliveries: Pick<DeliveryRepository, 'newId' | 'open' | 'note' | 'reject' | 'scheduleScan'>;
  readonly holds: ServerStatusDependencies['holds'];
  readonly store: Pick<DeliveryStore, 'keep'>;
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
 * at once, or is replayed from the inbox (see `InboxReplay`). While MongoDB is away the delivery itself is put on the queue
 * (see `DeliveryStore`). So nothing that was answered with 2xx is lost (decision 0024).
 */
export class WebhookIntake {
  private readonly underWay = new Set<Promise<unknown>>();
  private dispatches = 0;

  constructor(private readonly options: WebhookIntakeOptions) {}

  /** Throws WEBHOOK_REPLAYED for a duplicate; see `DeliveryStore` for a delivery that could not be stored. */
  async accept({ orders, replayKeys, ...event }: WebhookEvent): Promise<Acceptance> {
    const { deliveries, store, now, answerBudgetMs } = this.options;
    const receivedAt = now();
    const answerAt = performance.now() + answerBudgetMs;
    const id = deliveries.newId();
    const facts = { ...event, receivedAt };
    const keys = replayKeys === undefined ? {} : { replayKeys };
    const isMine = this.takePlace();
    let isDispatching = false;
    try {
      const leasedUntil = isMine ? new Date(receivedAt.getTime() + LEASE_MS) : receivedAt;
      const kept = await store.keep({ id, facts, ...keys, meaning: { kind: 'orders', orders } }, () =>
        deliveries.open(id, { ...facts, ...keys, orders, leasedUntil }),
      );
      if (kept.place === 'database' ? !kept.value : kept.status === 'merged')
        throw this.duplicate(facts, kept.place);
      isDispatching = isMine && kept.place === 'database';
      const receipts = isDispatching
        ? await this.receiptsUntil(answerAt, { ...facts, id, orders, leasedUntil })
        : [];
      return { deliveryId: id, receipts };
    } finally {
      if (isMine && !isDispatching) this.dispatches -= 1;
    }
  }

  /** Writes down a delivery that asks for nothing: it is ignored, or all of it has been done. Returns its id. */
  async note(
    event: Omit<DeliveryFacts, 'receivedAt'>,
    outcome: 'accepted' | 'ignored',
    reason: Reason,
  ): Promise<string> {
    const { deliveries, store, now } = this.options;
    const id = deliveries.newId();
    const facts = { ...event, receivedAt: now() };
    const meaning = { kind: 'note', outcome, ...reason } as const;
    await store.keep({ id, facts, meaning }, () => deliveries.note(id, facts, outcome, reason));
    return id;
  }

  /** Does what a server's status asks for, and writes it down. Undefined when that has to wait for MongoDB. */
  async applyStatus(
    event: Omit<DeliveryFacts, 'receivedAt' | 'source'>,
    serverId: string,
    status: ServerStatus,
  ): Promise<StatusEffect | undefined> {
    const { deliveries, holds, store, now } = this.options;
    const id = deliveries.newId();
    const facts = { ...event, source: serverId, receivedAt: now() };
    const kept = await store.keep({ id, facts, meaning: { kind: 'status', serverId, status } }, async () => {
      const effect = await applyServerStatus(serverId, status, { holds, deliveries, now });
      const { outcome, ...reason } = STATUS_EFFECTS[effect];
      await deliveries.note(id, facts, outcome, reason);
      return effect;
    });
    return kept.place === 'database' ? kept.value : undefined;
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

  /** While MongoDB is away, nobody writes a duplicate down. */
  private duplicate(facts: DeliveryFacts, place: 'database' | 'queue'): ReelsyncError {
    const { deliveries } = this.options;
    const reason = { code: 'WEBHOOK_REPLAYED', message: 'This delivery was accepted before' } as const;
    if (place === 'database')
      void this.inBackground(facts, () => deliveries.note(deliveries.newId(), facts, 'duplicate', reason));
    return new ReelsyncError(reason.code, reason.message);
  }

  /** Whether this process puts the delivery on the queue by itself, at once; if so, it counts from now on. */
  private takePlace(): boolean {
    if (this.dispatches >= MAX_DISPATCHES || !this.options.isQueueReady()) return false;
    this.dispatches += 1;
    return true;
  }

  private async receiptsUntil(
    answerAt: number,
    entry: Omit<InboxEntry, 'attempts'>,
  ): Promise<readonly RequestReceipt[]> {
    const { dispatcher } = this.options;
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
