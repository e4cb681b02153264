import { Binary, ObjectId, type Document } from 'mongodb';
import { codeOf, useDatabase, type AnyDocument } from '../support/database';

const database = useDatabase();

async function sortedIds(documents: AnyDocument[], sort: Document): Promise<unknown[]> {
  const collection = await database.filled(documents);
  const found = await collection.find({}).sort(sort).toArray();
  return found.map((document) => document['_id']);
}

describe('sort', () => {
  const inOrder: unknown[] = [
    [],
    null,
    NaN,
    -Infinity,
    -1,
    0,
    2.5,
    1e300,
    '',
    'A',
    'B',
    'a',
    // One code unit after the emoji's surrogates and a lower code point.
    '\ue000',
    '😀',
    {},
    { a: 0 },
    { a: 1 },
    { a: 1, b: 1 },
    // The type of a field comes before its name.
    { b: 0 },
    { a: 'x' },
    new Binary(Buffer.from([1])),
    new Binary(Buffer.from([2])),
    new Binary(Buffer.from([0, 0])),
    new ObjectId('000000000000000000000001'),
    false,
    true,
    new Date(-1),
    new Date(1),
  ];

  test('all types in the order of BSON, both ways', async () => {
    const documents = inOrder.map((v, _id) => ({ _id, v }));
    const shuffled = [...documents].sort((a, b) => ((a._id * 7) % 11) - ((b._id * 7) % 11) || b._id - a._id);
    const ids = documents.map(({ _id }) => _id);
    expect(await sortedIds(shuffled, { v: 1 })).toEqual(ids);
    expect(await sortedIds(shuffled, { v: -1 })).toEqual(ids.reverse());
  });

  test('an array sorts by its least element ascending and its greatest descending; missing is null', async () => {
    const documents = [
      { _id: 1, v: [5, 1] },
      { _id: 2, v: 3 },
      { _id: 3 },
      { _id: 4, v: [2, 9] },
      { _id: 5, v: [] },
    ];
    expect(await sortedIds(documents, { v: 1, _id: 1 })).toEqual([5, 3, 1, 4, 2]);
    expect(await sortedIds(documents, { v: -1, _id: 1 })).toEqual([4, 1, 2, 3, 5]);
  });

  test('several keys, dotted paths, skip and limit', async () => {
    const documents = Array.from({ length: 40 }, (_, _id) => ({ _id, a: { b: _id % 3 } }));
    const collection = await database.filled(documents);
    const page = await collection.find({}).sort({ 'a.b': -1, _id: 1 }).skip(2).limit(3).toArray();
    expect(page.map((document) => document['_id'])).toEqual([8, 11, 14]);
  });

  test('a small limit gives the same as the head of the whole', async () => {
    const documents = Array.from({ length: 3000 }, (_, _id) => ({ _id, v: (_id * 7919) % 500 }));
    const collection = await database.filled(documents);
    const whole = await collection.find({}).sort({ v: -1, _id: 1 }).toArray();
    expect(await collection.find({}).sort({ v: -1, _id: 1 }).limit(20).toArray()).toEqual(whole.slice(0, 20));
  });

  test('a direction other than 1 and -1 is an error', async () => {
    expect(
      await codeOf(
        database
          .collection()
          .aggregate([{ $sort: { a: 2 } }])
          .toArray(),
      ),
    ).toBe(15975);
  });
});

describe('projection', () => {
  const document = {
    _id: 1,
    a: 1,
    b: { c: 2, d: 3 },
    e: [{ c: 1, d: 2 }, 5, [{ c: 7 }], { d: 4 }],
    __v: 'x',
  };

  test.each<[Document, AnyDocument]>([
    [{ a: 1 }, { _id: 1, a: 1 }],
    [{ a: 1, _id: 0 }, { a: 1 }],
    [
      { a: true, 'b.c': 1 },
      { _id: 1, a: 1, b: { c: 2 } },
    ],
    [{ b: { c: 1 } }, { _id: 1, b: { c: 2 } }],
    [{ 'e.c': 1 }, { _id: 1, e: [{ c: 1 }, [{ c: 7 }], {}] }],
    [{ 'a.x': 1 }, { _id: 1 }],
    [
      { 'b.c': 0, 'e.d': 0, _id: 0, __v: 0 },
      { a: 1, b: { d: 3 }, e: [{ c: 1 }, 5, [{ c: 7 }], {}] },
    ],
    [{ _id: 1 }, { _id: 1 }],
    [{ _id: 0, missing: 1 }, {}],
    [{}, document],
  ])('%j', async (projection, expected) => {
    const collection = await database.filled([document]);
    expect(await collection.find({}, { projection }).toArray()).toEqual([expected]);
    expect(await collection.findOne({ _id: 1 })).toEqual(document);
  });

  test.each<[Document, number]>([
    [{ a: 1, b: 0 }, 31254],
    [{ a: 0, b: 1 }, 31253],
    [{ b: 1, 'b.c': 1 }, 31249],
  ])('%j is an error', async (projection, code) => {
    const collection = await database.filled([document]);
    expect(await codeOf(collection.find({}, { projection }).toArray())).toBe(code);
  });
});
