import { SyncEventBus } from '@reelsync/core';
import { createRedisConnection, EventBridge, QUEUE_NAMES } from '@reelsync/queue';
import type { Logger } from '@reelsync/runtime';

export interface EventFeedOptions {
  readonly url: string;
  readonly prefix: string;
  readonly logger: Logger;
  readonly onError: (error: Error, source: string) => void;
}

/** What all workers do, as events on the one bus of this process; at level `debug` the log shows them too. */
export class EventFeed {
  readonly bus: SyncEventBus;
  private readonly logger: Logger;
  private readonly connection: ReturnType<typeof createRedisConnection>;
  private readonly bridge: EventBridge;

  constructor({ url, prefix, logger, onError }: EventFeedOptions) {
    this.logger = logger;
    this.bus = new SyncEventBus({
      onListenerError: (error, { type, entityId }) =>
        logger.error({ err: error, type, entityId }, 'a listener of sync events failed'),
    });
    this.bus.subscribeToAll((event) => logger.debug({ event }, 'sync event'));
    this.connection = createRedisConnection(url, 'events', { onError });
    this.bridge = new EventBridge({
      connection: this.connection,
      prefix,
      onError,
      bus: this.bus,
      queues: QUEUE_NAMES,
    });
  }

  /** Resolves when no later event can be missed: while Redis is down, not before it is back. Never rejects. */
  async start(): Promise<void> {
    try {
      await this.bridge.start();
    } catch (error) {
      // Events are hints; an API without them still takes webhooks. A start that a stop cut short ends here too.
      if (this.connection.status !== 'end')
        this.logger.error({ err: error }, 'no sync events in this process');
    }
  }

  async close(): Promise<void> {
    await this.bridge.close();
    this.connection.disconnect();
  }
}
