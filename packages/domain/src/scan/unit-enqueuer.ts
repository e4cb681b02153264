import type { Narrowing, Unit } from '@reelsync/core';

/** What became of one unit that was handed to the queue. */
export type EnqueueReceipt =
  | { readonly unit: Unit; readonly status: 'created' | 'merged' }
  | { readonly unit: Unit; readonly status: 'rejected'; readonly code: string; readonly message: string };

/** Why the work is wanted; decides what overtakes what. */
export type Urgency = 'person' | 'webhook' | 'schedule' | 'bulk' | 'sweep';

export interface EnqueueOptions extends Narrowing {
  /** Runs that asked for the units; the first one is stamped on what the jobs write. */
  readonly runIds: readonly string[];
  readonly urgency: Urgency;
}

/** The queue as the domain sees it. */
export interface UnitEnqueuer {
  /** Throws QUEUE_UNAVAILABLE when the queue took none or not all of them; handing them over again is safe. */
  enqueue(units: readonly Unit[], options: EnqueueOptions): Promise<readonly EnqueueReceipt[]>;
  /** Takes jobs back that have not begun; answers with how many. */
  withdraw(units: readonly Unit[], narrowing: Narrowing): Promise<number>;
}
