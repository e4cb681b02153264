import fc from 'fast-check';
import {
  BOOKKEEPING_FIELDS,
  deepEqual,
  lockState,
  planWrite,
  type LockState,
  type LockTree,
} from '@reelsync/core';
import { applyPlan, isObject, lockedPaths, NO_WRITE, valueAt, type Document } from '../support/catalogue';

const day = (n: number): Date => new Date(Date.UTC(2026, 0, n));

function applied(existing: Document, wanted: Document, unset: readonly string[], locks?: LockTree): Document {
  return applyPlan(existing, planWrite(existing, wanted, unset, locks));
}

describe('planWrite without locks (RP-2)', () => {
  test('equal values are not written; dates compare by time, objects by members, arrays by order', () => {
    const existing = {
      title: 'A',
      at: day(1),
      genres: [{ id: 1, name: 'x' }],
      nested: { a: 1, b: undefined },
    };
    const wanted = { nested: { a: 1 }, genres: [{ name: 'x', id: 1 }], at: day(1), title: 'A' };
    expect(planWrite(existing, wanted, [], undefined)).toEqual(NO_WRITE);
    expect(planWrite({ genres: [1, 2] }, { genres: [2, 1] }, [], undefined).changedFields).toEqual([
      'genres',
    ]);
    expect(planWrite({ at: day(1) }, { at: day(1).toISOString() }, [], undefined).changedFields).toEqual([
      'at',
    ]);
  });

  test('is additive: fields that are not wanted stay, undefined is not wanted', () => {
    expect(planWrite({ a: 1, b: 2 }, { b: undefined, c: 3 }, [], undefined)).toEqual({
      set: { c: 3 },
      unset: [],
      changedFields: ['c'],
    });
  });

  test('null is a value (ST-M8)', () => {
    expect(planWrite({}, { focal: null }, [], undefined).set).toEqual({ focal: null });
    expect(planWrite({ focal: null }, { focal: null }, [], undefined)).toEqual(NO_WRITE);
    expect(planWrite({ focal: null }, {}, ['focal'], undefined).unset).toEqual(['focal']);
  });

  test('only fields that exist are removed, and never one that is wanted', () => {
    const plan = planWrite(
      { a: 1, b: 2, gone: undefined },
      { b: 2 },
      ['a', 'b', 'gone', 'absent'],
      undefined,
    );
    expect(plan).toEqual({ set: {}, unset: ['a'], changedFields: ['a'] });
  });

  test.each([...BOOKKEEPING_FIELDS])('%s is never part of a difference', (field) => {
    expect(planWrite({ [field]: 1 }, { [field]: 2 }, [field], undefined)).toEqual(NO_WRITE);
  });

  test('values of other classes compare through equals', () => {
    class Id {
      readonly #hex: string;
      constructor(hex: string) {
        this.#hex = hex;
      }
      equals(other: unknown): boolean {
        return other instanceof Id && other.#hex === this.#hex;
      }
    }
    expect(deepEqual({ id: new Id('a') }, { id: new Id('a') })).toBe(true);
    expect(deepEqual({ id: new Id('a') }, { id: new Id('b') })).toBe(false);
  });

  test.each<[unknown, unknown]>([
    [{}, []],
    [null, undefined],
    [0, ''],
    [
      { a: undefined, b: 1 },
      { a: 1, b: undefined },
    ],
    [day(1), 0],
    [[1], [1, 2]],
    [{ a: 1 }, { b: 1 }],
  ])('deepEqual tells %j from %j', (a, b) => {
    expect(deepEqual(a, b)).toBe(false);
    expect(deepEqual(b, a)).toBe(false);
  });
});

describe('planWrite with locks (RP-3, B-42)', () => {
  const stored = { title: 'Mine', metadata: { overview: 'mine', runtime: 90, tagline: 'old' } };
  const wanted = { title: 'Theirs', metadata: { overview: 'theirs', runtime: 91, genres: ['x'] } };

  test('a locked field is left alone, also by a removal', () => {
    expect(planWrite(stored, wanted, [], { title: true, metadata: true })).toEqual(NO_WRITE);
    expect(planWrite(stored, {}, ['title'], { title: true })).toEqual(NO_WRITE);
    expect(planWrite({}, wanted, [], { title: true, metadata: true })).toEqual(NO_WRITE);
  });

  test('metadata.overview locked: the rest updates, the overview stays; by path, so a later edit of it is safe', () => {
    const plan = planWrite(stored, wanted, [], { metadata: { overview: true } });
    expect(plan).toEqual({
      set: { title: 'Theirs', 'metadata.runtime': 91, 'metadata.genres': ['x'] },
      unset: ['metadata.tagline'],
      changedFields: ['title', 'metadata'],
    });
  });

  test('a locked member that is absent stays absent', () => {
    const locks = { metadata: { overview: true } };
    const expected = { runtime: 91, genres: ['x'] };
    expect(applied({ metadata: {} }, { metadata: wanted.metadata }, [], locks)).toEqual({
      metadata: expected,
    });
    expect(applied({}, { metadata: wanted.metadata }, [], locks)).toEqual({ metadata: expected });
    expect(applied({ metadata: null }, { metadata: wanted.metadata }, [], locks)).toEqual({
      metadata: expected,
    });
    expect(planWrite({}, { metadata: { overview: 'theirs' } }, [], locks)).toEqual(NO_WRITE);
  });

  test('locks at depth', () => {
    const locks = { metadata: { collection: { name: true, parts: { first: true } } } };
    const existing = {
      metadata: {
        collection: { name: 'mine', id: 1, parts: { first: 'mine', second: 'old' }, gone: 1 },
        other: 1,
      },
    };
    const incoming = {
      metadata: { collection: { name: 'theirs', id: 2, parts: { first: 'theirs', third: 3 } } },
    };
    const plan = planWrite(existing, incoming, [], locks);
    expect(plan.set).toEqual({ 'metadata.collection.id': 2, 'metadata.collection.parts.third': 3 });
    expect(new Set(plan.unset)).toEqual(
      new Set(['metadata.collection.gone', 'metadata.collection.parts.second', 'metadata.other']),
    );
  });

  test('a member that disappears keeps what is locked below it', () => {
    const locks = { metadata: { collection: { name: true } } };
    const existing = { metadata: { collection: { name: 'mine', id: 1 } } };
    expect(applied(existing, { metadata: {} }, [], locks)).toEqual({
      metadata: { collection: { name: 'mine' } },
    });
    expect(applied({ metadata: { collection: { id: 1 } } }, { metadata: {} }, [], locks)).toEqual({
      metadata: {},
    });
  });

  test('a value of another kind does not replace an object with locked members', () => {
    const locks = { metadata: { overview: true } };
    expect(planWrite(stored, { metadata: 'text' }, [], locks)).toEqual(NO_WRITE);
    expect(planWrite({ metadata: ['a'] }, { metadata: { overview: 'x', runtime: 1 } }, [], locks)).toEqual(
      NO_WRITE,
    );
  });

  test('members with dots or dollars cannot be set by path: the object is set as a whole, locked members as stored', () => {
    const locks = { captionURLs: { 'zh.Hans': true } };
    const existing = { captionURLs: { 'zh.Hans': 'mine', $old: 'old' } };
    const plan = planWrite(existing, { captionURLs: { English: 'en', 'zh.Hans': 'theirs' } }, [], locks);
    expect(plan).toEqual({
      set: { captionURLs: { English: 'en', 'zh.Hans': 'mine' } },
      unset: [],
      changedFields: ['captionURLs'],
    });
    const again = planWrite(applyPlan(existing, plan), { captionURLs: { English: 'en' } }, [], locks);
    expect(again).toEqual(NO_WRITE);
  });

  test('removing a field with a sub-path lock keeps it whole (§5.3)', () => {
    expect(planWrite(stored, {}, ['metadata'], { metadata: { overview: true } })).toEqual(NO_WRITE);
    expect(planWrite(stored, {}, ['metadata'], { metadata: { overview: false, deep: {} } }).unset).toEqual([
      'metadata',
    ]);
  });

  test.each([
    [undefined, 'open'],
    [{}, 'open'],
    [{ title: false }, 'open'],
    [{ title: 'true' }, 'open'],
    [{ title: {} }, 'open'],
    [{ title: { a: { b: false } } }, 'open'],
    [{ title: [true] }, 'open'],
    [{ title: true }, 'locked'],
    [{ title: { a: { b: true } } }, 'partly'],
  ])('lockState of %j is %s', (locks, kind) => {
    expect(lockState(locks, 'title').kind).toBe(kind);
  });

  test('inherited names are no locks', () => {
    expect(lockState({}, 'constructor').kind).toBe('open');
  });
});

describe('planWrite, properties', () => {
  const fields = ['metadata', 'captionURLs', 'posterURL', 'title', 'createdAt'];
  const names = ['overview', 'a', 'b', 'a.b', '$c', '', '0', '__proto__'];
  const leaf = fc.oneof(
    fc.constantFrom<unknown>('x', 'y', 1, 2, true, null, '', 0),
    fc.integer({ min: 1, max: 3 }).map(day),
    fc.array(fc.constantFrom(1, 'a'), { maxLength: 2 }),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 2, arbitrary: leaf },
      { weight: 3, arbitrary: dictionary(fc.constantFrom(...names), tie('value')) },
    ),
  }));
  const { lock } = fc.letrec<{ lock: unknown }>((tie) => ({
    lock: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 3, arbitrary: fc.constantFrom<unknown>(true, true, false, {}, 'junk') },
      { weight: 2, arbitrary: dictionary(fc.constantFrom(...names), tie('lock')) },
    ),
  }));
  const document = dictionary(fc.constantFrom(...fields), value);
  const locks = dictionary(fc.constantFrom(...fields), lock);
  const unset = fc.subarray(fields);

  test('a locked value never changes; open wanted fields become the wanted value; nothing else is touched', () => {
    fc.assert(
      fc.property(document, document, unset, locks, (existing, wanted, removed, tree) => {
        const after = applied(existing, wanted, removed, tree);
        for (const path of lockedPaths(tree)) {
          expect(deepEqual(valueAt(after, path), valueAt(existing, path))).toBe(true);
        }
        for (const field of fields) {
          const state = lockState(tree, field);
          const given = Object.hasOwn(wanted, field) && !BOOKKEEPING_FIELDS.has(field);
          const gone =
            !given && removed.includes(field) && state.kind === 'open' && !BOOKKEEPING_FIELDS.has(field);
          expect([
            field,
            given ? isAsWanted(after[field], existing[field], wanted[field], state) : true,
          ]).toEqual([field, true]);
          expect(given ? undefined : after[field]).toBe(given || gone ? undefined : existing[field]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('applied twice: the second plan is empty', () => {
    fc.assert(
      fc.property(document, document, unset, locks, (existing, wanted, removed, tree) => {
        const after = applied(existing, wanted, removed, tree);
        expect(planWrite(after, wanted, removed, tree)).toEqual(NO_WRITE);
      }),
      { numRuns: 1000 },
    );
  });

  test('changedFields names exactly the fields that differ afterwards', () => {
    fc.assert(
      fc.property(document, document, unset, locks, (existing, wanted, removed, tree) => {
        const plan = planWrite(existing, wanted, removed, tree);
        const after = applyPlan(existing, plan);
        const differing = fields.filter((field) => !deepEqual(after[field], existing[field]));
        expect([...plan.changedFields].sort()).toEqual(differing.sort());
      }),
    );
  });
});

/** The specification of one wanted value: `now` is what is stored afterwards, `before` what was stored. */
function isAsWanted(now: unknown, before: unknown, wanted: unknown, lock: LockState): boolean {
  if (lock.kind === 'locked') return deepEqual(now, before);
  if (lock.kind === 'open') return deepEqual(now, wanted);
  if (isObject(wanted) && isObject(now)) {
    const names = new Set([...Object.keys(wanted), ...Object.keys(now)]);
    return [...names].every((name) => {
      const [member, stored, value] = [now, before, wanted].map((object) => valueAt(object, [name]));
      return isAsWanted(member, stored, value, lockState(lock.below, name));
    });
  }
  // Written as a whole only when nothing is stored that a lock could be about.
  return typeof before === 'object' && before !== null
    ? true
    : deepEqual(now, wanted) || (isObject(wanted) && deepEqual(now, before));
}

/** `fc.dictionary` with names that may be dangerous (`__proto__` as an own member). */
function dictionary<T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.array(fc.tuple(key, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
}
