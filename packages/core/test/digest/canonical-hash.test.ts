import fc from 'fast-check';
import { canonicalHash, canonicalJson } from '@reelsync/core';

const json = fc.jsonValue({ maxDepth: 4 });

describe('canonicalHash', () => {
  test('is stable: stored digests must survive a new release', () => {
    expect(canonicalHash({ b: [1, 'é', null], a: { d: new Date(0), c: true } })).toBe(
      'f21b79c54540510dec79d49a23e9ccc3',
    );
    expect(canonicalJson({ b: [1, 'é', null], a: { d: new Date(0), c: true } })).toBe(
      '{"a":{"c":true,"d":"1970-01-01T00:00:00.000Z"},"b":[1,"é",null]}',
    );
  });

  test('property: does not depend on the order of keys, at any depth', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalHash(reversed(value))).toBe(canonicalHash(value));
      }),
    );
  });

  test('property: equals exactly when JSON is equal', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(canonicalJson(a) === canonicalJson(b)).toBe(canonicalHash(a) === canonicalHash(b));
        expect(JSON.parse(canonicalJson(a))).toEqual(JSON.parse(JSON.stringify(a)));
      }),
    );
  });

  test('depends on the order of arrays', () => {
    expect(canonicalHash([1, 2])).not.toBe(canonicalHash([2, 1]));
  });

  test('undefined members count as absent, null members do not', () => {
    expect(canonicalHash({ a: 1, b: undefined })).toBe(canonicalHash({ a: 1 }));
    expect(canonicalHash({ a: 1, b: null })).not.toBe(canonicalHash({ a: 1 }));
  });

  test.each([
    [{ a: 1 }, { a: '1' }],
    [{}, []],
    [{ ab: 'c' }, { a: 'bc' }],
    [[['a'], 'b'], [['a', 'b']]],
    ['null', null],
    [{ 'a":1,"b': 2 }, { a: 1, b: 2 }],
  ])('tells %j from %j', (a, b) => {
    expect(canonicalHash(a)).not.toBe(canonicalHash(b));
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
