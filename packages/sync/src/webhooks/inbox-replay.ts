import { toReelsyncError, type ReelsyncError } from '@reelsync/core';
import type { DeliveryRepository, InboxEntry } from '@reelsync/database';
import { LEASE_MS, type Dispatch, type OrderDispatcher } from './order-dispatcher';

/** How soon after an outage, or after its time has come, a delivery is replayed. One indexed query each. */
const LOOK_INTERVAL_MS = 2000;

export interface InboxReplayOptions {
  readonly deliveries: Pick<DeliveryRepository, 'claim'>;
  readonly dispatcher: Pick<OrderDispatcher, 'dispatch'>;
  readonly isQueueReady: () => boolean;
  readonly now: () => Date;
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
    while (!this.stopped && isQueueReady()) {
      const at = now();
      const entry = await deliveries.claim(at, new Date(at.getTime() + LEASE_MS));
      if (entry === null) return;
      const dispatch = await dispatcher.dispatch(entry);
      onReplayed(entry, dispatch);
      if (dispatch.status === 'postponed' && dispatch.outage) return;
    }
  }
}
