import { concernsServer, isTerminal, type EventMediaType, type NumberedEvent } from './sync-event';
import type { SyncEventBus, SyncEventListener, Unsubscribe } from './sync-event-bus';

/** Follows one entity from the moment of the call. */
export interface SyncTracker {
  /** In order; of a long life only the latest. */
  readonly events: readonly NumberedEvent[];
  readonly unsubscribe: Unsubscribe;
  getProgress(): readonly NumberedEvent[];
  getErrors(): readonly NumberedEvent[];
  /** Whether its terminal event has come, of success or of failure (EV-4). */
  isComplete(): boolean;
  hasErrors(): boolean;
}

const MAX_TRACKED_EVENTS = 1000;

/** The subscriptions of sync-semantics §7.2 over a bus. */
export class SyncEvents {
  constructor(private readonly bus: SyncEventBus) {}

  onStarted(listener: SyncEventListener): Unsubscribe {
    return this.bus.subscribe('started', listener);
  }

  onProgress(listener: SyncEventListener): Unsubscribe {
    return this.bus.subscribe('progress', listener);
  }

  onComplete(listener: SyncEventListener): Unsubscribe {
    return this.bus.subscribe('complete', listener);
  }

  onError(listener: SyncEventListener): Unsubscribe {
    return this.bus.subscribe('error', listener);
  }

  onWarning(listener: SyncEventListener): Unsubscribe {
    return this.bus.subscribe('warning', listener);
  }

  /** Every type of event of one entity (EV-5). */
  forEntity(entityId: string, listener: SyncEventListener): Unsubscribe {
    return this.bus.subscribeToEntity(entityId, listener);
  }

  /** A show, its seasons and a movie may share a name: the media type tells them apart. */
  trackSync(entityId: string, mediaType: EventMediaType, serverId: string): SyncTracker {
    const events: NumberedEvent[] = [];
    let ended = false;
    const unsubscribe = this.bus.subscribeToEntity(entityId, (event) => {
      if (event.mediaType !== mediaType || !concernsServer(event, serverId)) return;
      events.push(event);
      if (events.length > MAX_TRACKED_EVENTS) events.shift();
      if (isTerminal(event)) ended = true;
    });
    const ofType = (type: NumberedEvent['type']) => events.filter((event) => event.type === type);
    return {
      events,
      unsubscribe,
      getProgress: () => ofType('progress'),
      getErrors: () => ofType('error'),
      isComplete: () => ended,
      hasErrors: () => ofType('error').length > 0,
    };
  }
}
