import { alikeFailedUnits, type FailedUnit } from '../src/requests/failed-units';

const failed = (title: string, narrowing: FailedUnit['narrowing'] = {}): FailedUnit => ({
  unit: { kind: 'movie', title },
  narrowing,
  urgency: 'bulk',
});
const asked = (units: readonly FailedUnit[]) =>
  [...alikeFailedUnits(units)].map(({ narrowing, units: alike }) => ({
    titles: alike.map(({ title }) => title),
    ...narrowing,
  }));

test('failed jobs that were to do the same are asked for together', () => {
  expect(asked([failed('A'), failed('B', { operations: ['blurhash'] }), failed('C')])).toEqual([
    { titles: ['A', 'C'] },
    { titles: ['B'], operations: ['blurhash'] },
  ]);
});

test('a run has one request per unit: parts of one are asked for as a whole, and none beside the whole', () => {
  const blurhash = failed('A', { operations: ['blurhash'] });
  const captions = failed('A', { operations: ['content'] });
  for (const units of [
    [blurhash, captions],
    [blurhash, failed('A')],
    [failed('A'), captions, blurhash],
  ])
    expect(asked(units)).toEqual([{ titles: ['A'] }]);
});
