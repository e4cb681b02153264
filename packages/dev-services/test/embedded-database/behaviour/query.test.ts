import { Binary, ObjectId } from 'mongodb';
import { codeOf, idsOf, useDatabase, type AnyDocument } from '../support/database';

const database = useDatabase();

describe('null and missing (expectations of the server itself)', () => {
  const scalars: AnyDocument[] = [
    { _id: 'empty_subobject', a: {} },
    { _id: 'no_a' },
    { _id: 'null', a: null },
    { _id: 'number', a: 4 },
    { _id: 'subobject_b_not_null', a: { b: 'hi' } },
    { _id: 'subobject_b_null', a: { b: null } },
  ];
  const arrays: AnyDocument[] = [
    { _id: 'array_of_arrays', a: [[]] },
    { _id: 'empty_array', a: [] },
    { _id: 'objects_all_b_null', a: [{ b: null }, { b: null }, {}] },
    { _id: 'objects_no_b_null', a: [{ b: 1 }, { b: 3 }, { b: 'string' }] },
    { _id: 'objects_some_b_missing', a: [{ b: 3 }, {}] },
    { _id: 'objects_some_b_null', a: [{ b: null }, { b: 3 }] },
    { _id: 'values_all_null', a: [null, null] },
    { _id: 'values_none_null', a: [1, 'string', 4] },
    { _id: 'values_with_null', a: [1, null, 4] },
  ];
  const all = [...scalars, ...arrays].map((document) => document['_id']).sort();
  const without = (...ids: string[]): unknown[] => all.filter((id) => !ids.includes(String(id)));

  const isNull = ['no_a', 'null', 'values_all_null', 'values_with_null'];
  const existingANull = ['null', 'values_all_null', 'values_with_null'];

  test.each<[string, AnyDocument, unknown[]]>([
    ['equality matches null, missing and arrays that contain null', { a: null }, isNull],
    ['$eq', { a: { $eq: null } }, isNull],
    ['$in', { a: { $in: [null] } }, isNull],
    ['$gte', { a: { $gte: null } }, isNull],
    ['$lte', { a: { $lte: null } }, isNull],
    ['$gt matches nothing', { a: { $gt: null } }, []],
    ['$lt matches nothing', { a: { $lt: null } }, []],
    ['$ne', { a: { $ne: null } }, without(...isNull)],
    [
      '$nin',
      { a: { $nin: [null, 4] } },
      without(...isNull, 'number', 'values_none_null', 'values_with_null'),
    ],
    ['$not $gte', { a: { $not: { $gte: null } } }, without(...isNull)],
    ['$exists', { a: { $exists: true } }, without('no_a')],
    ['$exists: false', { a: { $exists: false } }, ['no_a']],
    ['null that exists', { a: { $eq: null, $exists: true } }, existingANull],
    ['$type null', { a: { $type: 'null' } }, existingANull],
    ['$elemMatch $eq null', { a: { $elemMatch: { $eq: null } } }, ['values_all_null', 'values_with_null']],
    [
      '$elemMatch on a field',
      { a: { $elemMatch: { b: null } } },
      ['array_of_arrays', 'objects_all_b_null', 'objects_some_b_missing', 'objects_some_b_null'],
    ],
    [
      'dotted $exists',
      { 'a.b': { $exists: true } },
      [
        'objects_all_b_null',
        'objects_no_b_null',
        'objects_some_b_missing',
        'objects_some_b_null',
        'subobject_b_not_null',
        'subobject_b_null',
      ],
    ],
  ])('%s', async (_name, filter, expected) => {
    const collection = await database.filled([...scalars, ...arrays]);
    expect(await idsOf(collection, filter)).toEqual([...expected].sort());
  });

  test('a dotted path is null where a scalar or nothing stands in the way', async () => {
    const collection = await database.filled(scalars);
    const expected = ['empty_subobject', 'no_a', 'null', 'number', 'subobject_b_null'];
    expect(await idsOf(collection, { 'a.b': null })).toEqual(expected);
    expect(await idsOf(collection, { 'a.b': { $ne: null } })).toEqual(['subobject_b_not_null']);
  });
});

describe('arrays', () => {
  const documents: AnyDocument[] = [
    { _id: 1, a: [1, 2, 3] },
    { _id: 2, a: [] },
    { _id: 3, a: 2 },
    { _id: 4, a: [[1, 2]] },
    {
      _id: 5,
      a: [
        { b: 1, c: 1 },
        { b: 2, c: 2 },
      ],
    },
    { _id: 6, a: { b: [1, 5] } },
    { _id: 7, a: [{ b: [7, 8] }] },
  ];

  test.each<[AnyDocument, unknown[]]>([
    [{ a: 2 }, [1, 3]],
    [{ a: [1, 2] }, [4]],
    [{ a: [1, 2, 3] }, [1]],
    [{ a: [] }, [2]],
    [{ a: { $gt: 2 } }, [1]],
    [{ a: { $gt: 2, $lt: 2 } }, [1]],
    [{ a: { $elemMatch: { $gt: 1, $lt: 3 } } }, [1]],
    [{ a: { $elemMatch: { $gt: 3 } } }, []],
    [{ a: { $elemMatch: { $ne: 2 } } }, [1, 4, 5, 7]],
    [{ a: { $not: { $gt: 2 } } }, [2, 3, 4, 5, 6, 7]],
    [{ a: { $ne: 2 } }, [2, 4, 5, 6, 7]],
    [{ a: { $size: 0 } }, [2]],
    [{ a: { $size: 1 } }, [4, 7]],
    [{ 'a.0': 1 }, [1]],
    [{ 'a.1': 2 }, [1]],
    [{ 'a.0': [1, 2] }, [4]],
    [{ 'a.b': 1 }, [5, 6]],
    [{ 'a.b': { $gt: 1, $lt: 2 } }, [5, 6]],
    [{ 'a.b': 1, 'a.c': 2 }, [5]],
    [{ a: { $elemMatch: { b: 1, c: 2 } } }, []],
    [{ a: { $elemMatch: { b: 2, c: 2 } } }, [5]],
    [{ a: { $elemMatch: { $or: [{ b: 1 }, { b: 8 }] } } }, [5, 7]],
    [{ 'a.0.b': 1 }, [5]],
    [{ 'a.b.0': 7 }, [7]],
    [{ 'a.b': 8 }, [7]],
    [{ a: { $type: 'array' } }, [1, 2, 4, 5, 7]],
    [{ a: { $type: 'int' } }, [1, 3]],
    [{ a: { $in: [3, []] } }, [1, 2]],
    [{ a: { $nin: [2, []] } }, [4, 5, 6, 7]],
    [{ $nor: [{ a: 2 }, { 'a.b': { $exists: true } }] }, [2, 4]],
  ])('%j', async (filter, expected) => {
    const collection = await database.filled(documents);
    expect(await idsOf(collection, filter)).toEqual(expected);
  });
});

describe('types and values', () => {
  test('comparison stays within a type', async () => {
    const collection = await database.filled([
      { _id: 1, v: 5 },
      { _id: 2, v: '5' },
      { _id: 3, v: new Date(5) },
      { _id: 4, v: true },
      { _id: 5, v: NaN },
      { _id: 6, v: null },
      { _id: 7, v: { x: 5 } },
    ]);
    expect(await idsOf(collection, { v: { $gt: 1 } })).toEqual([1]);
    expect(await idsOf(collection, { v: { $lt: 9 } })).toEqual([1]);
    expect(await idsOf(collection, { v: { $gte: '' } })).toEqual([2]);
    expect(await idsOf(collection, { v: { $gte: new Date(0) } })).toEqual([3]);
    expect(await idsOf(collection, { v: { $gt: false } })).toEqual([4]);
    expect(await idsOf(collection, { v: NaN })).toEqual([5]);
    expect(await idsOf(collection, { v: { $gte: NaN } })).toEqual([5]);
    expect(await idsOf(collection, { v: { $gt: NaN } })).toEqual([]);
    expect(await idsOf(collection, { v: { $in: [NaN, '5'] } })).toEqual([2, 5]);
    expect(await idsOf(collection, { v: { $gt: {} } })).toEqual([7]);
    expect(await idsOf(collection, { v: { $type: 'number' } })).toEqual([1, 5]);
    expect(await idsOf(collection, { v: { $type: ['string', 'bool', 'date', 'object'] } })).toEqual([
      2, 3, 4, 7,
    ]);
  });

  test('binaries are equal by their bytes and subtype, also when they are no valid UTF-8', async () => {
    const collection = await database.filled([
      { _id: 1, v: new Binary(Buffer.from([0xff, 0xfe])) },
      { _id: 2, v: new Binary(Buffer.from([0xff, 0xfd])) },
      { _id: 3, v: new Binary(Buffer.from([0xff, 0xfe]), 5) },
    ]);
    expect(await idsOf(collection, { v: new Binary(Buffer.from([0xff, 0xfe])) })).toEqual([1]);
    expect(await idsOf(collection, { v: { $in: [new Binary(Buffer.from([0xff, 0xfd]))] } })).toEqual([2]);
    expect(await idsOf(collection, { v: { $type: 'binData' } })).toEqual([1, 2, 3]);
  });

  test('object ids and dates are values, and -0 is 0', async () => {
    const id = new ObjectId();
    const collection = await database.filled([
      { _id: 1, v: id },
      { _id: 2, v: new Date(7) },
      { _id: 3, v: -0 },
    ]);
    expect(await idsOf(collection, { v: new ObjectId(id.toHexString()) })).toEqual([1]);
    expect(await idsOf(collection, { v: { $type: 'objectId' } })).toEqual([1]);
    expect(await idsOf(collection, { v: { $in: [new Date(7)] } })).toEqual([2]);
    expect(await idsOf(collection, { v: 0 })).toEqual([3]);
  });

  test('embedded documents are equal in their order of fields only', async () => {
    const collection = await database.filled([
      { _id: 1, v: { a: 1, b: 2 } },
      { _id: 2, v: { b: 2, a: 1 } },
      { _id: 3, v: {} },
    ]);
    expect(await idsOf(collection, { v: { a: 1, b: 2 } })).toEqual([1]);
    expect(await idsOf(collection, { v: { $in: [{ b: 2, a: 1 }] } })).toEqual([2]);
    expect(await idsOf(collection, { v: {} })).toEqual([3]);
    expect(await idsOf(collection, { v: { a: 1 } })).toEqual([]);
  });

  test('fields named like members of objects are ordinary fields', async () => {
    const odd = JSON.parse(
      '{"_id":1,"__proto__":{"x":1},"constructor":2,"toString":"t","hasOwnProperty":[1]}',
    ) as AnyDocument;
    const collection = database.collection();
    await collection.insertOne(odd);
    await collection.insertOne({ _id: 2 });
    await collection.updateOne({ _id: 1 }, { $set: { seen: true } });
    expect(await idsOf(collection, { constructor: { $exists: true } })).toEqual([1]);
    expect(await idsOf(collection, { toString: 't' })).toEqual([1]);
    expect(await idsOf(collection, { toString: null })).toEqual([2]);
    expect(await idsOf(collection, { hasOwnProperty: 1 })).toEqual([1]);
    expect(await idsOf(collection, JSON.parse('{"__proto__.x":1}') as AnyDocument)).toEqual([1]);
    const [stored] = await collection.find({ _id: 1 }, { projection: { seen: 0 } }).toArray();
    expect(Object.keys(stored ?? {}).sort()).toEqual(Object.keys(odd).sort());
    expect(JSON.stringify(stored)).toContain('"__proto__":{"x":1}');
  });
});

describe('regular expressions', () => {
  const documents = [
    { _id: 1, s: 'Alien' },
    { _id: 2, s: 'alien³' },
    { _id: 3, s: 'first\nalien' },
    { _id: 4, s: ['x', 'Alien'] },
    { _id: 5, s: 12 },
    { _id: 6 },
  ];

  test.each<[string, AnyDocument, unknown[]]>([
    ['literal', { s: /^Ali/ }, [1, 4]],
    ['case', { s: /^alien/i }, [1, 2, 4]],
    ['$regex with $options', { s: { $regex: '^alien', $options: 'im' } }, [1, 2, 3, 4]],
    ['dot matches a line end with s', { s: { $regex: 't.a', $options: 's' } }, [3]],
    ['within $in', { s: { $in: [/³$/, 12] } }, [2, 5]],
    ['within $not', { s: { $not: /alien/i } }, [5, 6]],
    ['within $nin', { s: { $nin: [/alien/i] } }, [5, 6]],
  ])('%s', async (_name, filter, expected) => {
    const collection = await database.filled(documents);
    expect(await idsOf(collection, filter)).toEqual(expected);
  });
});

describe('what is not implemented or wrong is an error, never ignored', () => {
  test.each<[AnyDocument, number]>([
    [{ a: { $foo: 1 } }, 2],
    [{ $foo: [] }, 2],
    [{ a: { $gt: 1, b: 2 } }, 2],
    [{ $or: [] }, 2],
    [{ $and: [1] }, 2],
    [{ a: { $in: 5 } }, 2],
    [{ a: { $in: [{ $gt: 1 }] } }, 2],
    [{ a: { $size: -1 } }, 2],
    [{ a: { $size: 'x' } }, 2],
    [{ a: { $not: 5 } }, 2],
    [{ a: { $not: {} } }, 2],
    [{ a: { $ne: /x/ } }, 2],
    [{ a: { $gt: /x/ } }, 2],
    [{ a: { $type: 'nonsense' } }, 2],
    [{ a: { $elemMatch: 5 } }, 2],
    [{ a: { $options: 'i' } }, 2],
    [{ a: { $regex: '(' } }, 51091],
  ])('%j', async (filter, code) => {
    const collection = await database.filled([{ _id: 1 }]);
    expect(await codeOf(collection.find(filter).toArray())).toBe(code);
    expect(await codeOf(collection.deleteMany(filter))).toBe(code);
    expect(await codeOf(collection.updateMany(filter, { $set: { x: 1 } }, { upsert: true }))).toBe(code);
  });
});
