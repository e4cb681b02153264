import { isGap, SyncEventBus, withoutHoles, type NumberedEvent } from '@reelsync/core';
import fc from 'fast-check';

function anEvent(id: number): NumberedEvent {
  return {
    id,
    type: 'progress',
    entityId: 'Heat (1995)',
    mediaType: 'movie',
    serverId: 'server-all',
    timestamp: new Date(id),
  };
}

/** Ids in rising order, with and without holes. */
const ids = fc
  .uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
  .map((all) => all.sort((a, b) => a - b));

describe('withoutHoles', () => {
  test('EV-2 property: every event once, in order, and a gap exactly where something is missing', () => {
    fc.assert(
      fc.property(ids, fc.nat(60), (history, last) => {
        const told = withoutHoles(last, history.map(anEvent));
        const wanted = history.filter((id) => id > last);
        expect(told.filter((event) => !isGap(event)).map(({ id }) => id)).toEqual(wanted);
        const all = told.map(({ id }) => id);
        expect(all).toEqual([...all].sort((a, b) => a - b));
        const before = (index: number) => told[index - 1]?.id ?? last;
        const gaps = told.flatMap((event, index) => (isGap(event) ? [{ event, after: before(index) }] : []));
        expect(gaps.map(({ event }) => event.data)).toEqual(
          gaps.map(({ event, after }) => ({ after, before: event.id + 1 })),
        );
        const unannounced = told.filter((event, index) => !isGap(event) && event.id !== before(index) + 1);
        expect(unannounced).toEqual([]);
      }),
    );
  });

  test('B-29 property: cutting a history anywhere and resuming there tells the same as one reading', () => {
    fc.assert(
      fc.property(ids, fc.nat(60), fc.nat(), (history, last, cut) => {
        const events = history.map(anEvent);
        const whole = withoutHoles(last, events);
        const seen = whole.slice(0, whole.length === 0 ? 0 : cut % whole.length);
        const resumed = withoutHoles(seen.at(-1)?.id ?? last, events);
        expect([...seen, ...resumed]).toEqual(whole);
      }),
    );
  });

  test('a bus accepts what it makes: gaps are not taken for repetitions', () => {
    const bus = new SyncEventBus();
    for (const event of withoutHoles(3, [4, 9, 10].map(anEvent))) bus.deliver(event);
    expect(bus.getRecentEvents().map(({ id }) => id)).toEqual([4, 8, 9, 10]);
  });
});
