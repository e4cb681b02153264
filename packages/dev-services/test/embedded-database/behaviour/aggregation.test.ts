import type { Document } from 'mongodb';
import { codeOf, useDatabase, type AnyDocument } from '../support/database';

const database = useDatabase();

async function aggregated(documents: AnyDocument[], pipeline: Document[]): Promise<Document[]> {
  const collection = await database.filled(documents);
  return collection.aggregate(pipeline).toArray();
}

const movies: AnyDocument[] = [
  { _id: 1, server: 'a', size: 5, tags: ['x', 'y'], at: new Date(1000) },
  { _id: 2, server: 'b', size: 7, tags: [], at: new Date(2000) },
  { _id: 3, server: 'a', size: null, tags: ['y'] },
  { _id: 4, size: 'big' },
];

describe('stages', () => {
  test('$group with every accumulator; nothing and null are skipped as MongoDB does', async () => {
    const groups = await aggregated(movies, [
      { $sort: { _id: 1 } },
      {
        $group: {
          _id: '$server',
          n: { $sum: 1 },
          sum: { $sum: '$size' },
          avg: { $avg: '$size' },
          min: { $min: '$size' },
          max: { $max: '$size' },
          first: { $first: '$at' },
          last: { $last: '$at' },
          sizes: { $push: '$size' },
          ats: { $push: '$at' },
          kinds: { $addToSet: '$server' },
        },
      },
      { $sort: { _id: 1 } },
    ]);
    expect(groups).toEqual([
      {
        _id: null,
        n: 1,
        sum: 0,
        avg: null,
        min: 'big',
        max: 'big',
        first: null,
        last: null,
        sizes: ['big'],
        ats: [],
        kinds: [],
      },
      {
        _id: 'a',
        n: 2,
        sum: 5,
        avg: 5,
        min: 5,
        max: 5,
        first: new Date(1000),
        last: null,
        sizes: [5, null],
        ats: [new Date(1000)],
        kinds: ['a'],
      },
      {
        _id: 'b',
        n: 1,
        sum: 7,
        avg: 7,
        min: 7,
        max: 7,
        first: new Date(2000),
        last: new Date(2000),
        sizes: [7],
        ats: [new Date(2000)],
        kinds: ['b'],
      },
    ]);
  });

  test('$group by a document, by a constant, and over nothing', async () => {
    const byDocument = await aggregated(movies, [
      { $group: { _id: { s: '$server', none: '$nothing' }, n: { $sum: 1 } } },
      { $sort: { n: -1, _id: 1 } },
    ]);
    expect(byDocument).toEqual([
      { _id: { s: 'a' }, n: 2 },
      { _id: {}, n: 1 },
      { _id: { s: 'b' }, n: 1 },
    ]);
    const total = [{ $group: { _id: null, n: { $sum: '$_id' } } }];
    expect(await aggregated(movies, total)).toEqual([{ _id: null, n: 10 }]);
    expect(await aggregated(movies, [{ $match: { _id: 9 } }, ...total])).toEqual([]);
  });

  test('$match, $sort, $skip, $limit and $count', async () => {
    expect(await aggregated(movies, [{ $match: { server: 'a' } }, { $count: 'n' }])).toEqual([{ n: 2 }]);
    expect(await aggregated(movies, [{ $match: { _id: 9 } }, { $count: 'n' }])).toEqual([]);
    const page = await aggregated(movies, [
      { $sort: { _id: -1 } },
      { $skip: 1 },
      { $limit: 2 },
      { $project: { _id: 1 } },
    ]);
    expect(page).toEqual([{ _id: 3 }, { _id: 2 }]);
  });

  test('$unwind, with and without empty arrays, scalars and positions', async () => {
    const ids = (documents: Document[]): unknown[] =>
      documents.map(({ _id, tags, i }): unknown[] => [_id, tags, i]);
    const documents = [...movies, { _id: 5, tags: 'single' }, { _id: 6, tags: null }];
    const unwound = await aggregated(documents, [{ $unwind: '$tags' }, { $sort: { _id: 1, tags: 1 } }]);
    expect(ids(unwound)).toEqual([
      [1, 'x', undefined],
      [1, 'y', undefined],
      [3, 'y', undefined],
      [5, 'single', undefined],
    ]);
    const kept = await aggregated(documents, [
      { $unwind: { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } },
      { $sort: { _id: 1, i: 1 } },
    ]);
    expect(ids(kept)).toEqual([
      [1, 'x', 0],
      [1, 'y', 1],
      [2, undefined, null],
      [3, 'y', 0],
      [4, undefined, null],
      [5, 'single', null],
      [6, null, null],
    ]);
  });

  test('$project includes, excludes and computes', async () => {
    const [first] = movies;
    expect(
      await aggregated([first ?? {}], [{ $project: { server: 1, double: { $multiply: ['$size', 2] } } }]),
    ).toEqual([{ _id: 1, server: 'a', double: 10 }]);
    expect(
      await aggregated([first ?? {}], [{ $project: { _id: 0, s: '$server', none: '$nothing' } }]),
    ).toEqual([{ s: 'a' }]);
    expect(await aggregated([first ?? {}], [{ $project: { tags: 0, at: 0 } }])).toEqual([
      { _id: 1, server: 'a', size: 5 },
    ]);
  });

  test.each<[string, Document[], number]>([
    ['an unknown stage', [{ $foo: {} }], 40324],
    ['two operators in a stage', [{ $match: {}, $limit: 1 }], 40324],
    ['a group without _id', [{ $group: { n: { $sum: 1 } } }], 15955],
  ])('%s is an error', async (_name, pipeline, code) => {
    expect(await codeOf(aggregated(movies, pipeline))).toBe(code);
  });

  test('an unknown accumulator or expression is an error', async () => {
    expect(await codeOf(aggregated(movies, [{ $group: { _id: 1, n: { $foo: 1 } } }]))).not.toBe('no error');
    expect(await codeOf(aggregated(movies, [{ $project: { n: { $foo: 1 } } }]))).not.toBe('no error');
    expect(await codeOf(aggregated(movies, [{ $project: { n: { $add: ['$server', 1] } } }]))).not.toBe(
      'no error',
    );
  });
});

describe('expressions', () => {
  const document = {
    _id: 1,
    a: 5,
    b: 2,
    n: null,
    s: 'x',
    l: [1, 2],
    o: { x: 1 },
    d: new Date(5000),
    objects: [{ v: 1 }, { v: 2 }, {}],
  };

  test.each<[unknown, unknown]>([
    ['$a', 5],
    ['$o.x', 1],
    ['$objects.v', [1, 2]],
    [{ $literal: '$a' }, '$a'],
    [{ $cond: [{ $gt: ['$a', '$b'] }, 'yes', 'no'] }, 'yes'],
    [{ $cond: { if: '$missing', then: 1, else: 2 } }, 2],
    [{ $ifNull: ['$n', '$missing', 7] }, 7],
    [{ $eq: ['$missing', null] }, false],
    [{ $ne: ['$a', 5] }, false],
    [{ $lt: ['$missing', null] }, true],
    [{ $lt: ['$n', 0] }, true],
    [{ $gte: ['$s', 1e9] }, true],
    [{ $lte: ['$a', 5] }, true],
    [{ $and: ['$a', { $literal: 0 }] }, false],
    [{ $and: [] }, true],
    [{ $or: ['$n', '$s'] }, true],
    [{ $not: ['$n'] }, true],
    [{ $in: [2, '$l'] }, true],
    [{ $size: '$l' }, 2],
    [{ $isArray: '$l' }, true],
    [{ $isArray: ['$a'] }, false],
    [{ $type: '$missing' }, 'missing'],
    [{ $type: '$d' }, 'date'],
    [{ $add: ['$a', 1, '$b'] }, 8],
    [{ $add: ['$d', 1000] }, new Date(6000)],
    [{ $add: ['$a', '$n'] }, null],
    [{ $subtract: ['$a', '$b'] }, 3],
    [{ $subtract: ['$d', new Date(1000)] }, 4000],
    [{ $multiply: ['$a', '$b', 2] }, 20],
    [{ $divide: ['$a', '$b'] }, 2.5],
    [{ $divide: ['$a', '$missing'] }, null],
    [{ $concat: ['$s', '-', 'y'] }, 'x-y'],
    [{ $concat: ['$s', '$n'] }, null],
    [
      ['$a', '$missing'],
      [5, null],
    ],
  ])('%j', async (expression, expected) => {
    expect(await aggregated([document], [{ $project: { _id: 0, v: expression } }])).toEqual([
      { v: expected },
    ]);
  });
});
