import { ReelsyncError, toReelsyncError } from '@reelsync/core';
import { TaskCancelledError, timeout, TimeoutStrategy, type TimeoutPolicy } from 'cockatiel';
import { deferDelivery, isDatabaseAway, type DeferProducer, type DeferredDelivery } from './defer-delivery';

/** Senders wait: MongoDB takes a delivery in this time, or the queue does. */
const PATIENCE_MS = 2000;
/** While MongoDB is away one delivery in this time finds out whether it is back; the others do not wait for that. */
const ASK_AGAIN_AFTER_MS = 5000;

export interface DeliveryStoreOptions {
  readonly producer: DeferProducer;
  /** Whether Redis would take a job now. */
  readonly isQueueReady: () => boolean;
  readonly patienceMs?: number;
}

export type Stored<T> =
  | { readonly place: 'database'; readonly value: T }
  | { readonly place: 'queue'; readonly status: 'created' | 'merged' };

/** Where a delivery is kept: in MongoDB, or on the queue until MongoDB is back (decision 0024). */
export class DeliveryStore {
  private readonly patience: TimeoutPolicy;
  private askAgainAt = -Infinity;

  constructor(private readonly options: DeliveryStoreOptions) {
    this.patience = timeout(options.patienceMs ?? PATIENCE_MS, TimeoutStrategy.Aggressive);
  }

  /** Throws DATABASE_UNAVAILABLE or QUEUE_UNAVAILABLE when neither takes it. */
  async keep<T>(delivery: DeferredDelivery, store: () => Promise<T>): Promise<Stored<T>> {
    if (this.isDatabaseAsked()) {
      try {
        return await this.storeNow(store);
      } catch (error) {
        if (!isDatabaseAway(error) || !this.options.isQueueReady()) throw error;
      }
      return this.defer(delivery);
    }
    try {
      return await this.defer(delivery);
    } catch (error) {
      // Redis has gone as well, and MongoDB may be back by now.
      if (toReelsyncError(error).code !== 'QUEUE_UNAVAILABLE') throw error;
      return this.storeNow(store);
    }
  }

  private isDatabaseAsked(): boolean {
    return performance.now() >= this.askAgainAt || !this.options.isQueueReady();
  }

  private async storeNow<T>(store: () => Promise<T>): Promise<Stored<T>> {
    if (this.askAgainAt > -Infinity) this.askLater();
    try {
      const value = await this.patience.execute(store);
      this.askAgainAt = -Infinity;
      return { place: 'database', value };
    } catch (thrown) {
      const error = thrown instanceof TaskCancelledError ? tooSlow() : thrown;
      if (isDatabaseAway(error)) this.askLater();
      throw error;
    }
  }

  private async defer(delivery: DeferredDelivery): Promise<{ place: 'queue'; status: 'created' | 'merged' }> {
    return { place: 'queue', status: await deferDelivery(delivery, this.options.producer) };
  }

  private askLater(): void {
    this.askAgainAt = performance.now() + ASK_AGAIN_AFTER_MS;
  }
}

function tooSlow(): ReelsyncError {
  return new ReelsyncError('DATABASE_UNAVAILABLE', 'MongoDB did not take the delivery in time');
}
