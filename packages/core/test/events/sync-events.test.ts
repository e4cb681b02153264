import {
  SYNC_EVENT_TYPES,
  SyncEventBus,
  SyncEvents,
  unitData,
  unitSubject,
  type SyncEvent,
  type SyncEventType,
} from '@reelsync/core';

function anEvent(overrides: Partial<SyncEvent> = {}): SyncEvent {
  return {
    type: 'progress',
    entityId: 'Fargo',
    mediaType: 'tvshow',
    serverId: 'server-all',
    timestamp: new Date(0),
    ...overrides,
  };
}

let bus: SyncEventBus;
let events: SyncEvents;
beforeEach(() => {
  bus = new SyncEventBus();
  events = new SyncEvents(bus);
});

test('each subscription sees its type and ends', () => {
  const seen: string[] = [];
  const subscribe = {
    started: events.onStarted.bind(events),
    progress: events.onProgress.bind(events),
    complete: events.onComplete.bind(events),
    error: events.onError.bind(events),
    warning: events.onWarning.bind(events),
  } satisfies Record<SyncEventType, unknown>;
  const stops = SYNC_EVENT_TYPES.map((type) =>
    subscribe[type]((event) => seen.push(`${type} ${event.type}`)),
  );
  for (const type of SYNC_EVENT_TYPES) bus.emit(anEvent({ type }));
  expect(seen).toEqual(SYNC_EVENT_TYPES.map((type) => `${type} ${type}`));
  for (const stop of stops) stop();
  expect(bus.getListenerCount()).toBe(0);
});

test('EV-5: forEntity and trackSync see every type', () => {
  const seen: string[] = [];
  const stop = events.forEntity('Fargo', ({ type }) => seen.push(type));
  const tracker = events.trackSync('Fargo', 'tvshow', 'default');
  for (const type of SYNC_EVENT_TYPES) bus.emit(anEvent({ type }));
  expect(seen).toEqual([...SYNC_EVENT_TYPES]);
  expect(tracker.events.map(({ type }) => type)).toEqual([...SYNC_EVENT_TYPES]);
  expect(tracker.getProgress()).toHaveLength(1);
  expect(tracker.getErrors()).toHaveLength(1);
  expect([tracker.isComplete(), tracker.hasErrors()]).toEqual([true, true]);
  stop();
  tracker.unsubscribe();
  bus.emit(anEvent());
  expect([seen.length, tracker.events.length]).toEqual([5, 5]);
});

test.each(['complete', 'error'] as const)('EV-4: a sync that ends with %s is complete', (type) => {
  const tracker = events.trackSync('Fargo', 'tvshow', 'server-all');
  bus.emit(anEvent({ type: 'started' }));
  expect([tracker.isComplete(), tracker.hasErrors()]).toEqual([false, false]);
  bus.emit(anEvent({ type }));
  expect([tracker.isComplete(), tracker.hasErrors()]).toEqual([true, type === 'error']);
});

test('trackSync keeps to its media type and its server', () => {
  const tracker = events.trackSync('Fargo', 'tvshow', 'default');
  bus.emit(anEvent({ mediaType: 'movie', type: 'complete' }));
  bus.emit(anEvent({ serverId: 'server2', type: 'complete' }));
  expect(tracker.isComplete()).toBe(false);
  bus.emit(anEvent({ serverId: 'default' }));
  bus.emit(anEvent({ serverId: 'default,server2' }));
  bus.emit(anEvent({ serverId: 'server-all' }));
  expect(tracker.events).toHaveLength(3);
});

test('of a long life only the latest events are kept', () => {
  const tracker = events.trackSync('Fargo', 'tvshow', 'default');
  bus.emit(anEvent({ type: 'error' }));
  for (let i = 0; i < 1000; i += 1) bus.emit(anEvent());
  expect(tracker.events).toHaveLength(1000);
  expect(tracker.isComplete()).toBe(true);
});

test('§7.1: what the events of each kind of unit are about', () => {
  expect(unitSubject({ kind: 'movie', title: 'Heat (1995)' })).toMatchObject({
    entityId: 'Heat (1995)',
    mediaType: 'movie',
  });
  expect(unitSubject({ kind: 'show', title: 'Fargo' })).toMatchObject({
    entityId: 'Fargo',
    mediaType: 'tvshow',
  });
  expect(unitSubject({ kind: 'season', title: 'Fargo', season: 2 })).toMatchObject({
    entityId: 'Fargo',
    mediaType: 'season',
  });
  expect(unitSubject({ kind: 'episodes', title: 'Fargo', season: 2 })).toMatchObject({
    entityId: 'Fargo S2',
    mediaType: 'episode',
  });
  // Seasons of a show share its name.
  expect(unitData({ kind: 'season', title: 'Fargo', season: 2 })).toEqual({ seasonNumber: 2 });
  expect(unitData({ kind: 'show', title: 'Fargo' })).toEqual({});
});
