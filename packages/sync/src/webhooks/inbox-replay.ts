import { toReelsyncError, type ReelsyncError } from '@reelsync/core';
import type { DeliveryRepository, InboxEntry } from '@reelsync/database';
import { backoffDelayMs } from '@reelsync/queue';
import { LEASE_MS, type Dispatch, type OrderDispatcher } from './order-dispatcher';

/** How soon after an outage, or after its time has come, a delivery is replayed. One indexed query each. */
const LOOK_INTERVAL_MS = 2000;
/** Between attempts at a queue that is there and refuses, as a Redis that is full does: each leaves a failed run. */
const REFUSED_PACE = { baseMs: 2 * LOOK_INTERVAL_MS, capMs: 60_000 };

export interface InboxReplayOptions {
  readonly deliveries: Pick<DeliveryRepository, 'claim'>;
  readonly dispatcher: Pick<OrderDispatcher, 'dispatch'>;
  readonly isQueueReady: () => boolean;
  readonly now: () => Date;
  readonly random: () => number;
  readonly onReplayed: (entry: InboxEntry, dispatch: Dispatch) => void;
  readonly onError: (error: ReelsyncError) => void;
}

/**
 * Empties the inbox, oldest first, whenever Redis is there. Every API and worker process runs one; a lease keeps a
 * delivery with one of them, and a process that dies over it is followed by another.
 */
export class InboxReplay {
  private timer: NodeJS.Timeout | undefined;
  private work: Promise<void> | undefined;
  private stopped = false;
  /** In a row. */
  private refusals = 0;
  private restsUntil = -Infinity;

  constructor(private readonly options: InboxReplayOptions) {}

  start(): void {
    this.timer ??= setInterval(this.nudge, LOOK_INTERVAL_MS);
    this.nudge();
  }

  /** There may be something to do now. */
  readonly nudge = (): void => {
    if (this.stopped) return;
    this.work ??= this.replayAll()
      .catch((error: unknown) => this.options.onError(toReelsyncError(error)))
      .finally(() => (this.work = undefined));
  };

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.work;
  }

  private async replayAll(): Promise<void> {
    const { deliveries, dispatcher, isQueueReady, now, onReplayed } = this.options;
    // Once it is back, what it refused before means nothing.
    if (!isQueueReady()) this.takeUp();
    if (now().getTime() < this.restsUntil) return;
    while (!this.stopped && isQueueReady()) {
      const at = now();
      const entry = await deliveries.claim(at, new Date(at.getTime() + LEASE_MS));
      if (entry === null) return;
      const dispatch = await dispatcher.dispatch(entry);
      onReplayed(entry, dispatch);
      if (dispatch.status === 'postponed' && dispatch.outage) {
        this.rest();
        return;
      }
      this.takeUp();
    }
  }

  private rest(): void {
    const { now, random } = this.options;
    this.refusals += 1;
    this.restsUntil = now().getTime() + backoffDelayMs(REFUSED_PACE, this.refusals, random);
  }

  private takeUp(): void {
    this.refusals = 0;
    this.restsUntil = -Infinity;
  }
}
