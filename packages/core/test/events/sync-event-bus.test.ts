import fc from 'fast-check';
import { SYNC_EVENT_TYPES, SyncEventBus, type NumberedEvent, type SyncEvent } from '@reelsync/core';

function anEvent(overrides: Partial<SyncEvent> = {}): SyncEvent {
  return {
    type: 'progress',
    entityId: 'Heat (1995)',
    mediaType: 'movie',
    serverId: 'default',
    timestamp: new Date(0),
    ...overrides,
  };
}

/** As they were given to `emit`. */
function unnumbered(events: readonly NumberedEvent[]): SyncEvent[] {
  return events.map((event) => {
    const { id, ...rest } = event;
    expect(id).toBeGreaterThan(0);
    return rest;
  });
}

describe('SyncEventBus', () => {
  test('EV-5: an entity subscription sees every type of event, of its entity only', () => {
    const bus = new SyncEventBus();
    const seen: NumberedEvent[] = [];
    bus.subscribeToEntity('Heat (1995)', (event) => seen.push(event));
    const events = SYNC_EVENT_TYPES.map((type) => anEvent({ type }));
    for (const event of events) {
      bus.emit(event);
      bus.emit({ ...event, entityId: 'Other' });
    }
    expect(unnumbered(seen)).toEqual(events);
  });

  test('a type subscription sees its type, a general one everything in order', () => {
    const bus = new SyncEventBus();
    const errors: NumberedEvent[] = [];
    const all: NumberedEvent[] = [];
    bus.subscribe('error', (event) => errors.push(event));
    bus.subscribeToAll((event) => all.push(event));
    const events = [anEvent({ type: 'started' }), anEvent({ type: 'error' }), anEvent({ type: 'complete' })];
    for (const event of events) bus.emit(event);
    expect(unnumbered(errors)).toEqual([events[1]]);
    expect(unnumbered(all)).toEqual(events);
  });

  test('a listener that throws does not stop the others and is reported with its event', () => {
    const told: unknown[] = [];
    const bus = new SyncEventBus({ onListenerError: (error, event) => told.push([error, event]) });
    const boom = new Error('boom');
    const seen: string[] = [];
    const fail = (): never => {
      throw boom;
    };
    bus.subscribe('progress', fail);
    bus.subscribe('progress', () => seen.push('type'));
    bus.subscribeToEntity('Heat (1995)', fail);
    bus.subscribeToEntity('Heat (1995)', () => seen.push('entity'));
    bus.subscribeToAll(fail);
    bus.subscribeToAll(() => seen.push('all'));
    const event = anEvent();
    bus.emit(event);
    expect(seen).toEqual(['type', 'entity', 'all']);
    expect(told).toEqual(Array.from({ length: 3 }, () => [boom, { ...event, id: 1 }]));
  });

  test('without a handler a failing listener becomes a process warning, whatever it threw', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const bus = new SyncEventBus();
    for (const thrown of [new Error('listener failed'), Object.create(null)]) {
      bus.subscribeToAll(() => {
        throw thrown;
      });
    }
    bus.emit(anEvent());
    expect(warn.mock.calls).toEqual([[expect.stringContaining('listener failed')], [expect.any(String)]]);
    warn.mockRestore();
  });

  test('the history is bounded and keeps the latest', () => {
    const bus = new SyncEventBus({ historySize: 3 });
    const events = Array.from({ length: 10 }, (_, i) => anEvent({ entityId: `e${i % 2}`, data: { i } }));
    for (const event of events) bus.emit(event);
    expect(unnumbered(bus.getRecentEvents())).toEqual(events.slice(-3));
    expect(unnumbered(bus.getRecentEvents(2))).toEqual(events.slice(-2));
    expect(bus.getRecentEvents(0)).toEqual([]);
    expect(unnumbered(bus.getEventsForEntity('e1'))).toEqual([events[7], events[9]]);
    expect(unnumbered(bus.getEventsForEntity('e1', 1))).toEqual([events[9]]);
    expect(bus.getEventsForEntity('e1', 0)).toEqual([]);
    bus.clearHistory();
    expect(bus.getRecentEvents()).toEqual([]);
  });

  test('history size 0 keeps nothing, the default is 1000', () => {
    const none = new SyncEventBus({ historySize: 0 });
    none.emit(anEvent());
    expect(none.getRecentEvents()).toEqual([]);
    const bus = new SyncEventBus();
    for (let i = 0; i < 1_100; i += 1) bus.emit(anEvent());
    expect(bus.getRecentEvents(5_000)).toHaveLength(1_000);
  });

  test('a function subscribed twice is called twice and unsubscribed one by one', () => {
    const bus = new SyncEventBus();
    const listener = jest.fn();
    const stop = bus.subscribe('progress', listener);
    bus.subscribe('progress', listener);
    bus.emit(anEvent());
    stop();
    stop();
    bus.emit(anEvent());
    expect(listener).toHaveBeenCalledTimes(3);
  });

  test('listeners may unsubscribe and subscribe while an event is delivered', () => {
    const bus = new SyncEventBus();
    const seen: string[] = [];
    const stop = bus.subscribeToAll(() => {
      seen.push('first');
      stop();
      bus.subscribeToAll(() => seen.push('late'));
    });
    bus.subscribeToAll(() => seen.push('second'));
    bus.emit(anEvent());
    expect(seen).toEqual(['first', 'second']);
    bus.emit(anEvent());
    expect(seen).toEqual(['first', 'second', 'second', 'late']);
  });

  test('EV-2: ids only rise; an event that was delivered before is not told again', () => {
    const bus = new SyncEventBus();
    const seen: number[] = [];
    bus.subscribeToAll(({ id }) => seen.push(id));
    bus.emit(anEvent());
    for (const id of [100, 100, 7, 101]) bus.deliver({ ...anEvent(), id });
    bus.emit(anEvent());
    expect(seen).toEqual([1, 100, 101, 102]);
    expect(bus.lastId).toBe(102);
  });

  test('EV-2 property: what comes after an id is exact as far as the history reaches, and undefined beyond', () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.nat(10),
        fc.nat(35),
        fc.integer({ min: 1, max: 40 }),
        (count, size, after, limit) => {
          const bus = new SyncEventBus({ historySize: size });
          for (let id = 1; id <= count; id += 1) bus.deliver({ ...anEvent(), id });
          const answer = bus.eventsAfter(after, limit)?.map(({ id }) => id);
          const all = Array.from({ length: count }, (_, index) => index + 1);
          const wanted = all.filter((id) => id > after).slice(0, limit);
          const reachesBack = after >= count || after >= count - size;
          expect(answer).toEqual(reachesBack ? wanted : undefined);
        },
      ),
    );
  });

  test('a bus that starts later has the history and tells it to nobody', () => {
    const bus = new SyncEventBus();
    const seen: number[] = [];
    bus.subscribeToAll(({ id }) => seen.push(id));
    bus.startAfter(
      12,
      [10, 11, 12, 13].map((id) => ({ ...anEvent(), id })),
    );
    bus.deliver({ ...anEvent(), id: 12 });
    bus.deliver({ ...anEvent(), id: 13 });
    expect(seen).toEqual([13]);
    expect(bus.getRecentEvents().map(({ id }) => id)).toEqual([10, 11, 12, 13]);
  });

  test('property: unsubscribing leaves nothing behind, in any order, also when done twice', () => {
    const kind = fc.constantFrom('type', 'entity', 'all');
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, fc.nat(3), fc.nat()), { maxLength: 20 }), (subscriptions) => {
        const bus = new SyncEventBus();
        const listener = jest.fn();
        const stops = subscriptions.map(([what, n, order]) => ({
          order,
          stop: subscribeTo(bus, what, n, listener),
        }));
        expect(bus.getListenerCount()).toBe(subscriptions.length);
        for (const { stop } of [...stops].sort((a, b) => a.order - b.order)) {
          stop();
          stop();
        }
        expect(bus.getListenerCount()).toBe(0);
        for (const type of SYNC_EVENT_TYPES) bus.emit(anEvent({ type, entityId: 'entity1' }));
        expect(listener).not.toHaveBeenCalled();
      }),
    );
  });
});

function subscribeTo(bus: SyncEventBus, what: string, n: number, listener: () => void): () => void {
  if (what === 'all') return bus.subscribeToAll(listener);
  return what === 'entity'
    ? bus.subscribeToEntity(`entity${n}`, listener)
    : bus.subscribe(SYNC_EVENT_TYPES[n] ?? 'error', listener);
}
