import type { Document } from 'mongodb';
import { codeOf, useDatabase, type AnyDocument } from '../support/database';

const database = useDatabase();

async function updated(before: AnyDocument, update: Document): Promise<AnyDocument | null> {
  const collection = await database.filled([{ _id: 1, ...before }]);
  await collection.updateOne({ _id: 1 }, update);
  return collection.findOne({ _id: 1 }, { projection: { _id: 0 } });
}

describe('operators', () => {
  test.each<[AnyDocument, Document, AnyDocument]>([
    [{ a: 1 }, { $set: { b: 2, 'c.d': 3 } }, { a: 1, b: 2, c: { d: 3 } }],
    [{ a: [1, 2] }, { $set: { 'a.1': 9, 'a.4': 5 } }, { a: [1, 9, null, null, 5] }],
    [{ a: [{ b: 1 }] }, { $set: { 'a.0.b': 2, 'a.0.c': 3 } }, { a: [{ b: 2, c: 3 }] }],
    [{ a: 1, b: { c: 1, d: 2 } }, { $unset: { a: '', 'b.c': 1, 'x.y': 1 } }, { b: { d: 2 } }],
    [{ a: [1, 2, 3] }, { $unset: { 'a.1': 1 } }, { a: [1, null, 3] }],
    [{ a: 5 }, { $unset: { 'a.b': 1 } }, { a: 5 }],
    [{ a: 1 }, { $inc: { a: 2, b: -3, 'c.d': 1.5 } }, { a: 3, b: -3, c: { d: 1.5 } }],
    [
      { a: 5, b: 5 },
      { $min: { a: 3, b: 9, c: 1 }, $max: { d: 4 } },
      { a: 3, b: 5, c: 1, d: 4 },
    ],
    [{ a: 5 }, { $max: { a: 'text' } }, { a: 'text' }],
    [{ a: 5 }, { $min: { a: null } }, { a: null }],
    [{ a: [1] }, { $push: { a: 2 } }, { a: [1, 2] }],
    [{ a: [1] }, { $push: { a: [2, 3] } }, { a: [1, [2, 3]] }],
    [{ a: [1] }, { $push: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] }],
    [{}, { $push: { a: { $each: [1, 2, 3], $slice: -2 } } }, { a: [2, 3] }],
    [{}, { $push: { a: { $each: [1, 2, 3], $slice: 2 } } }, { a: [1, 2] }],
    [{ a: [1, 2] }, { $push: { a: { $each: [], $slice: -1 } } }, { a: [2] }],
    [{ a: [1, 2] }, { $push: { a: { $each: [3], $slice: 0 } } }, { a: [] }],
    [{ a: [1, 1, 2] }, { $addToSet: { a: 2 } }, { a: [1, 1, 2] }],
    [{ a: [1, 1] }, { $addToSet: { a: { $each: [3, 3, 1] } } }, { a: [1, 1, 3] }],
    [{}, { $addToSet: { a: { $each: [1, 1, 2] } } }, { a: [1, 2] }],
    [
      { a: [{ x: 1, y: 2 }] },
      { $addToSet: { a: { y: 2, x: 1 } } },
      {
        a: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      },
    ],
    [{ a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }],
    [{ a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
    [{ a: [1, 5, 9] }, { $pull: { a: { $in: [1, 9] } } }, { a: [5] }],
    [{ a: [{ b: 1, c: 1 }, { b: 2 }, 3] }, { $pull: { a: { b: 1 } } }, { a: [{ b: 2 }, 3] }],
    [{ a: [[1], [2]] }, { $pull: { a: [1] } }, { a: [[2]] }],
    [{ a: ['x', 'y'] }, { $pull: { a: /^x/ } }, { a: ['y'] }],
    [{ b: 1 }, { $pull: { a: 1, 'c.d': 1 } }, { b: 1 }],
    [{ a: 1 }, { $setOnInsert: { a: 2 } }, { a: 1 }],
    [{ a: { b: 1 } }, { $set: { a: { c: 1 } } }, { a: { c: 1 } }],
    [{ a: 1 }, { $set: {} }, { a: 1 }],
  ])('%j with %j', async (before, update, after) => {
    expect(await updated(before, update)).toEqual(after);
  });

  test('new fields are created in the order of their names', async () => {
    const after = await updated({ z: 1 }, { $set: { m: 1, b: 1 }, $inc: { k: 1 } });
    expect(Object.keys(after ?? {})).toEqual(['z', 'b', 'k', 'm']);
  });

  test.each<[AnyDocument, Document, number]>([
    [{ a: null }, { $inc: { a: 1 } }, 14],
    [{ a: 'x' }, { $inc: { a: 1 } }, 14],
    [{ a: 1 }, { $inc: { a: 'x' } }, 14],
    [{ a: 1 }, { $push: { a: 1 } }, 2],
    [{ a: null }, { $push: { a: 1 } }, 2],
    [{ a: 1 }, { $addToSet: { a: 1 } }, 2],
    [{ a: 1 }, { $pull: { a: 1 } }, 2],
    [{ a: [] }, { $push: { a: { $each: 1 } } }, 2],
    [{ a: [] }, { $push: { a: { $each: [1], $foo: 1 } } }, 2],
    [{ a: [] }, { $push: { a: { $each: [1], $slice: 'x' } } }, 2],
    [{ a: 1 }, { $set: { 'a.b': 1 } }, 28],
    [{ a: null }, { $set: { 'a.b': 1 } }, 28],
    [{ a: [1] }, { $set: { 'a.x': 1 } }, 28],
    [{ a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
    [{ a: 1 }, { $set: { a: 1, 'a.b': 1 } }, 40],
    [{ a: 1 }, { $set: { 'b.c': 1 }, $unset: { b: 1 } }, 40],
    [{ a: 1 }, { $set: { _id: 2 } }, 66],
    [{ a: 1 }, { $unset: { _id: 1 } }, 66],
    [{ a: 1 }, { $foo: { a: 1 } }, 9],
    [{ a: 1 }, { $set: 5 }, 9],
    [{ a: 1 }, { $set: { '': 1 } }, 56],
    [{ a: 1 }, { $set: { 'a..b': 1 } }, 56],
  ])('%j with %j is an error and changes nothing', async (before, update, code) => {
    const collection = await database.filled([{ _id: 1, ...before }]);
    expect(await codeOf(collection.updateOne({ _id: 1 }, update))).toBe(code);
    expect(await collection.findOne({})).toEqual({ _id: 1, ...before });
  });

  test('setting the same value matches without modifying', async () => {
    const collection = await database.filled([{ _id: 1, a: { b: [1, new Date(0)] } }]);
    const counts = async (update: Document): Promise<number[]> => {
      const { matchedCount, modifiedCount } = await collection.updateOne({ _id: 1 }, update);
      return [matchedCount, modifiedCount];
    };
    expect(await counts({ $set: { _id: 1, a: { b: [1, new Date(0)] } }, $max: { c: 1 } })).toEqual([1, 1]);
    expect(await counts({ $set: { 'a.b': [1, new Date(0)] }, $addToSet: { 'a.d': { $each: [] } } })).toEqual([
      1, 1,
    ]);
    expect(await counts({ $max: { c: 0 }, $pull: { 'a.b': 7 }, $unset: { zz: 1 } })).toEqual([1, 0]);
  });

  test('a cursor and a projection never see or cause changes of stored documents', async () => {
    const collection = await database.filled([{ _id: 1, a: { b: 1, c: [1] } }]);
    await collection.find({}, { projection: { 'a.b': 0 } }).toArray();
    const push: Document = { $push: { 'a.c': 2 } };
    await collection.updateOne({ _id: 1 }, push);
    expect(await collection.findOne({})).toEqual({ _id: 1, a: { b: 1, c: [1, 2] } });
  });
});

describe('replacement and multi', () => {
  test('a replacement keeps the _id and drops the other fields', async () => {
    const collection = await database.filled([{ _id: 1, a: 1 }]);
    await collection.replaceOne({ a: 1 }, { b: 2 });
    expect(await collection.findOne({})).toEqual({ _id: 1, b: 2 });
    expect(await codeOf(collection.replaceOne({ _id: 1 }, { _id: 2, c: 1 }))).toBe(66);
  });

  test('updateMany counts matches and changes', async () => {
    const collection = await database.filled([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
      { _id: 3, a: 2 },
    ]);
    const result = await collection.updateMany({}, { $set: { a: 2 } });
    expect([result.matchedCount, result.modifiedCount]).toEqual([3, 1]);
  });
});

describe('upsert', () => {
  test.each<[Document, Document, AnyDocument]>([
    [{ _id: 7, a: 1, 'b.c': 2 }, { $set: { d: 3 } }, { _id: 7, a: 1, b: { c: 2 }, d: 3 }],
    [{ _id: 7, a: { $gt: 1 } }, { $set: { d: 3 } }, { _id: 7, d: 3 }],
    [{ $and: [{ _id: 7 }, { a: { $eq: 1 } }] }, { $inc: { n: 1 } }, { _id: 7, a: 1, n: 1 }],
    [{ _id: 7, a: { $in: [4] } }, { $set: { d: 1 } }, { _id: 7, a: 4, d: 1 }],
    [{ _id: 7, a: { $in: [4, 5] } }, { $set: { d: 1 } }, { _id: 7, d: 1 }],
    [{ $or: [{ _id: 7 }] }, { $set: { d: 1 } }, { _id: 7, d: 1 }],
    [{ _id: 7 }, { $setOnInsert: { created: 1 }, $push: { l: 1 } }, { _id: 7, created: 1, l: [1] }],
    [{ a: 1 }, { $setOnInsert: { _id: 7 } }, { _id: 7, a: 1 }],
    [{ _id: 7, a: 1 }, { $set: { a: 2 } }, { _id: 7, a: 2 }],
  ])('%j with %j', async (filter, update, expected) => {
    const collection = database.collection();
    const result = await collection.updateOne(filter, update, { upsert: true });
    expect([result.matchedCount, result.upsertedCount, result.upsertedId]).toEqual([0, 1, 7]);
    expect(await collection.find().toArray()).toEqual([expected]);
  });

  test('a replacement takes the _id of the filter only', async () => {
    const collection = database.collection();
    await collection.replaceOne({ _id: 1, a: 1 }, { b: 1 }, { upsert: true });
    expect(await collection.find().toArray()).toEqual([{ _id: 1, b: 1 }]);
  });

  test('a generated _id comes first', async () => {
    const collection = database.collection();
    const { upsertedId } = await collection.updateOne({ a: 1 }, { $set: { b: 1 } }, { upsert: true });
    const [document] = await collection.find().toArray();
    expect(Object.keys(document ?? {})).toEqual(['_id', 'a', 'b']);
    expect(document?.['_id']).toEqual(upsertedId);
  });

  test('a filter that names a field twice cannot be inserted', async () => {
    const collection = database.collection();
    const filter = { $and: [{ a: 1 }, { a: 2 }] };
    expect(await codeOf(collection.updateOne(filter, { $set: { b: 1 } }, { upsert: true }))).toBe(54);
  });
});

describe('findAndModify', () => {
  const increment: Document = { $inc: { x: 1 } };

  test('update, before and after, with sort and projection', async () => {
    const collection = await database.filled([
      { _id: 1, a: 1, x: 1 },
      { _id: 2, a: 2, x: 1 },
    ]);
    const before = await collection.findOneAndUpdate({}, increment, { sort: { a: -1 } });
    expect(before).toEqual({ _id: 2, a: 2, x: 1 });
    const after = await collection.findOneAndUpdate({ _id: 2 }, increment, {
      returnDocument: 'after',
      projection: { x: 1 },
    });
    expect(after).toEqual({ _id: 2, x: 3 });
  });

  test('upsert, replacement, removal, and no match', async () => {
    const collection = database.collection();
    expect(await collection.findOneAndUpdate({ _id: 1 }, { $set: { a: 1 } }, { upsert: true })).toBeNull();
    const replaced = await collection.findOneAndReplace({ _id: 1 }, { b: 1 }, { returnDocument: 'after' });
    expect(replaced).toEqual({ _id: 1, b: 1 });
    expect(await collection.findOneAndDelete({ _id: 1 }, { projection: { _id: 0 } })).toEqual({ b: 1 });
    expect(await collection.findOneAndDelete({ _id: 1 })).toBeNull();
    const result = await collection.findOneAndUpdate(
      { _id: 3 },
      { $set: { a: 1 } },
      { includeResultMetadata: true },
    );
    expect(result).toMatchObject({ value: null, lastErrorObject: { n: 0, updatedExisting: false } });
  });
});
