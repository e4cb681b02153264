import { MongoServerError, type AnyBulkWriteOperation, type Document } from 'mongodb';
import { codeOf, idsOf, useDatabase, type AnyDocument } from '../support/database';

const database = useDatabase();

async function duplicateOf(operation: Promise<unknown>): Promise<MongoServerError> {
  const error: unknown = await operation.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MongoServerError))
    throw new Error(`expected an error of the server, not ${String(error)}`);
  return error;
}

describe('unique', () => {
  test('the error names the pattern and the value, on insert, update, upsert and findAndModify', async () => {
    const collection = await database.filled([
      { _id: 1, a: 'x' },
      { _id: 2, a: 'y' },
    ]);
    await collection.createIndex({ a: 1 }, { unique: true }, undefined);
    const inserted = await duplicateOf(collection.insertOne({ _id: 3, a: 'x' }));
    expect(inserted.code).toBe(11000);
    expect(inserted.message).toContain('E11000 duplicate key error');
    expect(inserted.message).toContain('a_1');
    expect(inserted['keyPattern']).toEqual({ a: 1 });
    expect(inserted['keyValue']).toEqual({ a: 'x' });
    expect(await codeOf(collection.updateOne({ _id: 2 }, { $set: { a: 'x' } }))).toBe(11000);
    expect(await codeOf(collection.updateOne({ _id: 9 }, { $set: { a: 'x' } }, { upsert: true }))).toBe(
      11000,
    );
    expect(await codeOf(collection.findOneAndUpdate({ _id: 2 }, { $set: { a: 'x' } }))).toBe(11000);
    expect(await collection.find({}).sort({ _id: 1 }).toArray()).toEqual([
      { _id: 1, a: 'x' },
      { _id: 2, a: 'y' },
    ]);
    await collection.updateOne({ _id: 1 }, { $set: { a: 'x', b: 1 } });
    await collection.deleteOne({ _id: 1 });
    await collection.updateOne({ _id: 2 }, { $set: { a: 'x' } });
  });

  test('_id is unique, whatever its type', async () => {
    const { collectionName } = database.collection();
    const collection = database.db.collection<{ _id: { a: number; b: number } | number[] }>(collectionName);
    await collection.insertOne({ _id: { a: 1, b: 2 } });
    expect(await codeOf(collection.insertOne({ _id: { a: 1, b: 2 } }))).toBe(11000);
    await collection.insertOne({ _id: { b: 2, a: 1 } });
    expect(await codeOf(collection.insertOne({ _id: [1] }))).toBe(53);
  });

  test('missing counts as null, arrays by element, compound keys as a whole', async () => {
    const collection = database.collection();
    await collection.createIndex({ a: 1, b: -1 }, { unique: true }, undefined);
    await collection.insertMany([
      { _id: 1 },
      { _id: 2, a: 1 },
      { _id: 3, a: 1, b: 1 },
      { _id: 4, a: [5, 6], b: 1 },
    ]);
    expect(await codeOf(collection.insertOne({ a: null, b: null }))).toBe(11000);
    expect(await codeOf(collection.insertOne({ a: 6, b: 1 }))).toBe(11000);
    const error = await duplicateOf(collection.insertOne({ a: 1, b: 1 }));
    expect(error['keyPattern']).toEqual({ a: 1, b: -1 });
    expect(error['keyValue']).toEqual({ a: 1, b: 1 });
    await collection.insertOne({ a: [7, 7], b: 1 });
    expect(await codeOf(collection.insertOne({ a: [1, 2], b: [1, 2] }))).toBe(171);
  });

  test('sparse leaves documents without the field alone, partial those outside its filter', async () => {
    const sparse = database.collection();
    await sparse.createIndex({ a: 1 }, { unique: true, sparse: true }, undefined);
    await sparse.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3, a: null }]);
    expect(await codeOf(sparse.insertOne({ a: null }))).toBe(11000);
    expect(await idsOf(sparse, { a: null })).toEqual([1, 2, 3]);
    const partial = database.collection();
    await partial.createIndex({ a: 1 }, { unique: true, partialFilterExpression: { on: true } }, undefined);
    await partial.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
      { _id: 3, a: 1, on: true },
    ]);
    expect(await codeOf(partial.insertOne({ a: 1, on: true }))).toBe(11000);
    expect(await codeOf(partial.updateOne({ _id: 1 }, { $set: { on: true } }))).toBe(11000);
    await partial.updateOne({ _id: 3 }, { $set: { on: false } });
    await partial.updateOne({ _id: 1 }, { $set: { on: true } });
    expect(await idsOf(partial, { a: 1, on: true })).toEqual([1]);
    expect(await idsOf(partial, { a: 1 })).toEqual([1, 2, 3]);
  });

  test('an index over duplicates is not built', async () => {
    const collection = await database.filled([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
    ]);
    expect(await codeOf(collection.createIndex({ a: 1 }, { unique: true }, undefined))).toBe(11000);
    expect((await collection.indexes()).map((index) => index.name)).toEqual(['_id_']);
    await collection.insertOne({ _id: 3, a: 1 });
  });
});

describe('definition', () => {
  test('creating the same index again does nothing; clashes are errors', async () => {
    const collection = database.collection();
    const create = (key: Document, options = {}): Promise<unknown> =>
      codeOf(collection.createIndex(key, options, undefined));
    expect(await create({ a: 1 })).toBe('no error');
    expect(await create({ a: 1 })).toBe('no error');
    expect(await create({ _id: 1 })).toBe('no error');
    expect(await create({ a: 1 }, { name: 'other' })).toBe(85);
    expect(await create({ b: 1 }, { name: 'a_1' })).toBe(86);
    expect(await create({ a: 1 }, { unique: true })).toBe(86);
    expect(await create({ a: 1 }, { expireAfterSeconds: 5 })).toBe(85);
    expect(await create({ t: 'nonsense' })).toBe(67);
    expect((await collection.indexes()).length).toBe(2);
  });

  test('listIndexes and dropIndexes', async () => {
    const collection = database.collection();
    await collection.createIndexes([
      { key: { a: 1, b: -1 }, name: 'both', unique: true },
      { key: { c: 1 }, sparse: true },
      { key: { d: 1 }, partialFilterExpression: { e: { $exists: true } }, expireAfterSeconds: 60 },
    ]);
    const listed = await collection.indexes();
    expect(listed).toMatchObject([
      { key: { _id: 1 }, name: '_id_', v: 2 },
      { key: { a: 1, b: -1 }, name: 'both', unique: true },
      { key: { c: 1 }, name: 'c_1', sparse: true },
      {
        key: { d: 1 },
        name: 'd_1',
        partialFilterExpression: { e: { $exists: true } },
        expireAfterSeconds: 60,
      },
    ]);
    await collection.dropIndex('both');
    expect(await codeOf(collection.dropIndex('both'))).toBe(27);
    expect(await codeOf(collection.dropIndex('_id_'))).toBe(72);
    await collection.dropIndexes();
    expect((await collection.indexes()).length).toBe(1);
    expect(await codeOf(database.collection().indexes())).toBe(26);
  });
});

describe('bulkWrite', () => {
  const increment: Document = { $inc: { n: 1 } };
  const operations: AnyBulkWriteOperation<AnyDocument>[] = [
    { insertOne: { document: { _id: 2, a: 2 } } },
    { insertOne: { document: { _id: 1, a: 9 } } },
    { updateOne: { filter: { _id: 5 }, update: { $set: { a: 2 } }, upsert: true } },
    { updateOne: { filter: { _id: 6 }, update: { $set: { a: 6 } }, upsert: true } },
    { updateMany: { filter: {}, update: increment } },
    { replaceOne: { filter: { _id: 6 }, replacement: { a: 7 } } },
    { deleteOne: { filter: { _id: 1 } } },
  ];

  interface BulkFailure {
    readonly code: number;
    readonly result: Record<string, unknown>;
    readonly writeErrors: { index: number; code: number }[];
  }

  async function bulk(ordered: boolean): Promise<{ failure: BulkFailure; documents: AnyDocument[] }> {
    const collection = await database.filled([{ _id: 1, a: 1 }]);
    await collection.createIndex({ a: 1 }, { unique: true }, undefined);
    const failure = (await collection.bulkWrite(operations, { ordered }).then(
      () => ({ code: 0, result: {}, writeErrors: [] }),
      (error: unknown) => error,
    )) as BulkFailure;
    return { failure, documents: await collection.find().sort({ _id: 1 }).toArray() };
  }

  test('unordered goes on behind errors and reports each with its index', async () => {
    const { failure, documents } = await bulk(false);
    expect(failure.writeErrors.map(({ index, code }) => [index, code]).sort()).toEqual([
      [1, 11000],
      [2, 11000],
    ]);
    expect(failure.result).toMatchObject({
      insertedCount: 1,
      upsertedCount: 1,
      upsertedIds: { 3: 6 },
      deletedCount: 1,
    });
    expect(documents).toEqual([
      { _id: 2, a: 2, n: 1 },
      { _id: 6, a: 7 },
    ]);
  });

  test('ordered stops at the first error', async () => {
    const { failure, documents } = await bulk(true);
    expect(failure.writeErrors.map(({ index, code }) => [index, code])).toEqual([[1, 11000]]);
    expect(documents).toEqual([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ]);
  });
});
