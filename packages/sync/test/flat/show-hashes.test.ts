import { hashKeyOf } from '../../src/flat/show-hashes';

test('contract §5.1: hashes of a season are asked for under the name of its folder, without `Season `', () => {
  const show = { seasons: { 'Season 1': {}, 'Season 02': {}, 'Season 2': {}, Specials: {}, S03: {} } };
  const keys = [1, 2, 0, 3, 4].map((number) => hashKeyOf(show, number));
  expect(keys).toEqual(['1', '02', 'Specials', 'S03', undefined]);
  for (const unusable of [undefined, null, 'text', {}, { seasons: null }])
    expect(hashKeyOf(unusable, 1)).toBeUndefined();
});
