import { unsupportedOperations } from './support/used-operations';

/** The check that every suite of this package ends with; see `useTestDatabase`. */
describe('unsupportedOperations', () => {
  it('finds commands, fields, stages and operators that only MongoDB itself has', () => {
    expect(unsupportedOperations('mapReduce', {})).toEqual(['command mapReduce']);
    expect(unsupportedOperations('find', { find: 'c', filter: { a: { $mod: [2, 0] } }, hint: 'x' })).toEqual([
      'find.hint',
      'query operator $mod',
    ]);
    expect(
      unsupportedOperations('update', {
        update: 'c',
        updates: [{ q: { $where: 'x' }, u: { $rename: { a: 'b' } } }],
      }),
    ).toEqual(['query operator $where', 'update operator $rename']);
    expect(
      unsupportedOperations('aggregate', {
        pipeline: [
          { $lookup: {} },
          { $group: { _id: { $toLower: '$a' }, n: { $sum: 1 } } },
          { $match: { a: { $mod: [] } } },
        ],
      }),
    ).toEqual(['stage $lookup', 'expression $toLower', 'query operator $mod']);
  });

  it('takes what is written for data', () => {
    const updates = [{ q: { _id: 1 }, u: { $set: { price: { $odd: 1 } } } }];
    expect(
      unsupportedOperations('update', { update: 'c', updates, ordered: false, lsid: {}, $db: 'x' }),
    ).toEqual([]);
  });
});
