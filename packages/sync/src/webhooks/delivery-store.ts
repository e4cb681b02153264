import { ReelsyncError } from '@reelsync/core';
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
    const { producer, isQueueReady } = this.options;
    if (performance.now() >= this.askAgainAt || !isQueueReady()) {
      if (this.askAgainAt > -Infinity) this.askLater();
      try {
        const value = await this.patience.execute(store);
        this.askAgainAt = -Infinity;
        return { place: 'database', value };
      } catch (thrown) {
        const error = thrown instanceof TaskCancelledError ? tooSlow() : thrown;
        if (!isDatabaseAway(error)) throw error;
        this.askLater();
        if (!isQueueReady()) throw error;
      }
    }
    return { place: 'queue', status: await deferDelivery(delivery, producer) };
  }

  private askLater(): void {
    this.askAgainAt = performance.now() + ASK_AGAIN_AFTER_MS;
  }
}

function tooSlow(): ReelsyncError {
  return new ReelsyncError('DATABASE_UNAVAILABLE', 'MongoDB did not take the delivery in time');
}
