import fc from 'fast-check';
import { describeUnit, parentsOf, unitKey, type Unit } from '@reelsync/core';

const title = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('1/Show', 'movie/1', '/', ''));
const season = fc.nat(200);
const unit: fc.Arbitrary<Unit> = fc.oneof(
  fc.record({ kind: fc.constantFrom('movie' as const, 'show' as const), title }),
  fc.record({ kind: fc.constantFrom('season' as const, 'episodes' as const), title, season }),
);

test('property: a unit key names exactly one unit, whatever characters a title holds', () => {
  fc.assert(
    fc.property(unit, unit, (a, b) => {
      expect(unitKey(a) === unitKey(b)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
    }),
  );
});

test('the folder name is kept byte for byte: NFC and NFD are two titles (contract §1.2)', () => {
  const [nfc, nfd] = ['Amélie'.normalize('NFC'), 'Amélie'.normalize('NFD')];
  expect(unitKey({ kind: 'movie', title: nfc })).not.toBe(unitKey({ kind: 'movie', title: nfd }));
});

function sorted(value: Unit): unknown {
  return [value.kind, value.title, 'season' in value ? value.season : null];
}

test('parents of a unit, nearest first (design decision 5)', () => {
  const parents = (of: Unit): string[] => parentsOf(of).map(describeUnit);
  expect(parents({ kind: 'movie', title: 'Heat' })).toEqual([]);
  expect(parents({ kind: 'show', title: 'Fargo' })).toEqual([]);
  expect(parents({ kind: 'season', title: 'Fargo', season: 2 })).toEqual(["show 'Fargo'"]);
  expect(parents({ kind: 'episodes', title: 'Fargo', season: 2 })).toEqual([
    "season 2 of 'Fargo'",
    "show 'Fargo'",
  ]);
});
