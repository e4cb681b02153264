import { inspect } from 'node:util';
import type { NumberedEvent, SyncEvent, SyncEventType } from './sync-event';

export type SyncEventListener = (event: NumberedEvent) => void;
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

/**
 * In-process fan-out of sync events with a bounded history. Synchronous; listeners see events in the order of their ids,
 * which only rise. Events come either from this process (`emit`) or numbered from the log of all processes (`deliver`).
 */
export class SyncEventBus {
  private readonly byType = new Map<SyncEventType, Set<Subscription>>();
  private readonly byEntity = new Map<string, Set<Subscription>>();
  private readonly toAll = new Set<Subscription>();
  /** The history is what comes from `first` on; what is before it is removed now and then, all at once. */
  private history: NumberedEvent[] = [];
  private first = 0;
  private newestId = 0;
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

  /** Id of the newest event. */
  get lastId(): number {
    return this.newestId;
  }

  /** Something that happened in this process: gets the next id. */
  emit(event: SyncEvent): void {
    this.deliver({ ...event, id: this.newestId + 1 });
  }

  /** An event that has its id already. One that is not newer than the newest was delivered before. */
  deliver(event: NumberedEvent): void {
    if (event.id <= this.newestId) return;
    this.remember(event);
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

  /** Takes over what happened before this bus began, without telling anybody. */
  startAfter(id: number, recent: readonly NumberedEvent[]): void {
    for (const event of recent) if (event.id > this.newestId && event.id <= id) this.remember(event);
    this.newestId = Math.max(this.newestId, id);
  }

  /** The next events after an id; undefined when the history does not reach back that far. */
  eventsAfter(id: number, limit: number): readonly NumberedEvent[] | undefined {
    if (id >= this.newestId) return [];
    const oldest = this.history[this.first];
    if (oldest === undefined || oldest.id > id + 1) return undefined;
    const start = this.indexAfter(id);
    return this.history.slice(start, start + limit);
  }

  getRecentEvents(count = 100): readonly NumberedEvent[] {
    return count <= 0 ? [] : this.history.slice(Math.max(this.first, this.history.length - count));
  }

  getEventsForEntity(entityId: string, count = 50): readonly NumberedEvent[] {
    if (count <= 0) return [];
    return this.history.filter((event, i) => i >= this.first && event.entityId === entityId).slice(-count);
  }

  clearHistory(): void {
    this.history = [];
    this.first = 0;
  }

  getListenerCount(): number {
    const count = (sets: Iterable<Set<Subscription>>): number =>
      [...sets].reduce((sum, set) => sum + set.size, 0);
    return count(this.byType.values()) + count(this.byEntity.values()) + this.toAll.size;
  }

  private remember(event: NumberedEvent): void {
    this.newestId = event.id;
    this.history.push(event);
    if (this.history.length - this.first > this.historySize) this.first += 1;
    if (this.first <= this.historySize) return;
    this.history = this.history.slice(this.first);
    this.first = 0;
  }

  private indexAfter(id: number): number {
    let low = this.first;
    let high = this.history.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.history[middle]?.id ?? Infinity) <= id) low = middle + 1;
      else high = middle;
    }
    return low;
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
