import { inspect } from 'node:util';
import type { SyncEvent, SyncEventType } from './sync-event';

export type SyncEventListener = (event: SyncEvent) => void;
export type Unsubscribe = () => void;

interface SyncEventBusOptions {
  /** Events kept for late subscribers. */
  readonly historySize?: number;
  /** A listener that throws must not stop the others; this is told instead. */
  readonly onListenerError?: (error: unknown, event: SyncEvent) => void;
}

const DEFAULT_HISTORY_SIZE = 1000;

/** One per call of `subscribe`, so that a function subscribed twice is also unsubscribed one by one. */
interface Subscription {
  readonly listener: SyncEventListener;
}

/** In-process fan-out of sync events with a bounded history. Synchronous; listeners see events in the order of `emit`. */
export class SyncEventBus {
  private readonly byType = new Map<SyncEventType, Set<Subscription>>();
  private readonly byEntity = new Map<string, Set<Subscription>>();
  private readonly toAll = new Set<Subscription>();
  private readonly history: SyncEvent[] = [];
  private readonly historySize: number;
  private readonly onListenerError: (error: unknown, event: SyncEvent) => void;

  constructor({ historySize = DEFAULT_HISTORY_SIZE, onListenerError }: SyncEventBusOptions = {}) {
    this.historySize = historySize;
    this.onListenerError =
      onListenerError ??
      ((error) => {
        process.emitWarning(inspect(error));
      });
  }

  emit(event: SyncEvent): void {
    this.history.push(event);
    if (this.history.length > this.historySize) this.history.shift();
    const subscriptions = [
      ...(this.byType.get(event.type) ?? []),
      ...(this.byEntity.get(event.entityId) ?? []),
      ...this.toAll,
    ];
    for (const { listener } of subscriptions) {
      try {
        listener(event);
      } catch (error) {
        this.onListenerError(error, event);
      }
    }
  }

  subscribe(type: SyncEventType, listener: SyncEventListener): Unsubscribe {
    return subscribeTo(this.byType, type, listener);
  }

  /** Every type of event of one entity (EV-5). */
  subscribeToEntity(entityId: string, listener: SyncEventListener): Unsubscribe {
    return subscribeTo(this.byEntity, entityId, listener);
  }

  subscribeToAll(listener: SyncEventListener): Unsubscribe {
    const subscription = { listener };
    this.toAll.add(subscription);
    return () => void this.toAll.delete(subscription);
  }

  getRecentEvents(count = 100): readonly SyncEvent[] {
    return count <= 0 ? [] : this.history.slice(-count);
  }

  getEventsForEntity(entityId: string, count = 50): readonly SyncEvent[] {
    return count <= 0 ? [] : this.history.filter((event) => event.entityId === entityId).slice(-count);
  }

  clearHistory(): void {
    this.history.length = 0;
  }

  getListenerCount(): number {
    const count = (sets: Iterable<Set<Subscription>>): number =>
      [...sets].reduce((sum, set) => sum + set.size, 0);
    return count(this.byType.values()) + count(this.byEntity.values()) + this.toAll.size;
  }
}

function subscribeTo<K>(sets: Map<K, Set<Subscription>>, key: K, listener: SyncEventListener): Unsubscribe {
  const set = sets.get(key) ?? new Set();
  const subscription = { listener };
  sets.set(key, set.add(subscription));
  return () => {
    set.delete(subscription);
    // Entities come and go with the library; an empty set must not stay behind.
    if (set.size === 0 && sets.get(key) === set) sets.delete(key);
  };
}
