import { MongoClient } from 'mongodb';
import { startEmbeddedDatabase, supportedOperations } from '../../src/embedded-database';
import { parseFilter } from '../../src/embedded-database/query/filter';
import { parseUpdate } from '../../src/embedded-database/update/parse-update';
import type { BsonDocument } from '../../src/embedded-database/bson/value';
import { Cursors } from '../../src/embedded-database/cursors';

const silent = (): void => undefined;

test('production is refused', async () => {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await expect(startEmbeddedDatabase({ dataDir: null })).rejects.toThrow(/development aid.*MONGODB_URI/);
  } finally {
    process.env['NODE_ENV'] = before;
  }
});

test('a port that is taken is an error, and closing twice is not', async () => {
  const database = await startEmbeddedDatabase({ dataDir: null, log: silent });
  await expect(startEmbeddedDatabase({ dataDir: null, port: database.port, log: silent })).rejects.toThrow(
    /EADDRINUSE/,
  );
  await Promise.all([database.close(), database.close()]);
});

test('expired documents are deleted at the interval, others and undated ones stay', async () => {
  const database = await startEmbeddedDatabase({ dataDir: null, log: silent, ttlIntervalMs: 5 });
  const client = await MongoClient.connect(database.uri);
  const collection = client.db('ttl').collection<{ _id: number; at?: unknown }>('c');
  await collection.createIndex({ at: 1 }, { expireAfterSeconds: 3600 }, undefined);
  const old = new Date(Date.now() - 3_700_000);
  await collection.insertMany([
    { _id: 1, at: old },
    { _id: 2, at: new Date() },
    { _id: 3 },
    { _id: 4, at: 'old' },
    { _id: 5, at: [new Date(), old] },
  ]);
  let left: number[];
  do left = (await collection.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
  while (left.length === 5);
  expect(left).toEqual([2, 3, 4]);
  await client.close();
  await database.close();
});

test('closing ends commands that a fail point blocks', async () => {
  const database = await startEmbeddedDatabase({ dataDir: null, log: silent });
  const client = await MongoClient.connect(database.uri, {
    serverSelectionTimeoutMS: 200,
    retryReads: false,
  });
  const data = { failCommands: ['ping'], blockConnection: true, blockTimeMS: 600_000 };
  await client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data });
  const blocked = client.db('admin').command({ ping: 1 });
  await Promise.all([
    expect(blocked).rejects.toThrow(),
    client
      .db('x')
      .collection('c')
      .findOne({})
      .then(() => database.close()),
  ]);
  await client.close();
});

test('an idle cursor is closed after ten minutes', () => {
  let now = 0;
  const cursors = new Cursors(() => now);
  const { id } = cursors.start('d.c', [{ _id: 1 }, { _id: 2 }, { _id: 3 }], 1, false);
  now = 9 * 60_000;
  cursors.closeIdle();
  expect(cursors.next(id.toNumber(), 'd.c', 1).documents).toEqual([{ _id: 2 }]);
  now += 11 * 60_000;
  cursors.closeIdle();
  expect(() => cursors.next(id.toNumber(), 'd.c', 1)).toThrow(/not found/);
});

describe('options that MongoDB has and the embedded database has not are errors', () => {
  test.each([
    { find: 'c', hint: 'a_1' },
    { find: 'c', collation: { locale: 'en' } },
    { find: 'c', let: {} },
    { update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } }, arrayFilters: [] }] },
    { update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } }, collation: {} }] },
    { delete: 'c', deletes: [{ q: {}, limit: 1, hint: {} }] },
    { update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } }, sort: {} }] },
    { create: 'c', capped: true },
    { create: 'c', validator: {} },
    { aggregate: 'c', pipeline: [], cursor: {}, allowDiskUse: true },
    { aggregate: 'c', pipeline: [{ $lookup: {} }], cursor: {} },
    { aggregate: 'c', pipeline: [{ $addFields: { a: 1 } }], cursor: {} },
    { aggregate: 'c', pipeline: [{ $project: { v: '$$ROOT' } }], cursor: {} },
    { createIndexes: 'c', indexes: [{ key: { a: 'text' }, name: 't' }] },
    { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 't', collation: {} }] },
    {
      createIndexes: 'c',
      indexes: [{ key: { a: 1 }, name: 't', partialFilterExpression: { $or: [{ a: 1 }] } }],
    },
    { find: 'c', filter: { $expr: true } },
    { find: 'c', filter: { $where: '1' } },
    { find: 'c', filter: { a: { $mod: [2, 0] } } },
    { find: 'c', filter: { a: { $regex: '\\Ax' } } },
    { find: 'c', filter: { a: { $regex: 'x', $options: 'x' } } },
    { find: 'c', projection: { a: { $slice: 1 } } },
    { find: 'c', projection: { 'a.$': 1 } },
    { find: 'c', sort: { a: { $meta: 'textScore' } } },
    { insert: 'c', documents: [{}], writeConcern: { w: 3 } },
    { find: 'c', readConcern: { level: 'snapshot' } },
    { renameCollection: 'a.b', to: 'a.c' },
  ])('%j', async (command) => {
    const database = await startEmbeddedDatabase({ dataDir: null, log: silent });
    const client = await MongoClient.connect(database.uri);
    const answer: unknown = await client
      .db('d')
      .command(command)
      .catch((error: unknown) => error);
    const failed = answer instanceof Error || JSON.stringify(answer).includes('writeErrors');
    expect(failed).toBe(true);
    await client.close();
    await database.close();
  });
});

describe('the allow-list', () => {
  test('every query operator is implemented', () => {
    const samples: Record<string, BsonDocument> = {
      $eq: { $eq: 1 },
      $ne: { $ne: 1 },
      $gt: { $gt: 1 },
      $gte: { $gte: 1 },
      $lt: { $lt: 1 },
      $lte: { $lte: 1 },
      $in: { $in: [1] },
      $nin: { $nin: [1] },
      $exists: { $exists: true },
      $not: { $not: { $gt: 1 } },
      $regex: { $regex: 'x' },
      $options: { $regex: 'x', $options: 'i' },
      $type: { $type: 'int' },
      $elemMatch: { $elemMatch: { $gt: 1 } },
      $size: { $size: 1 },
    };
    expect(Object.keys(samples)).toEqual(supportedOperations.queryOperators);
    for (const sample of Object.values(samples)) expect(() => parseFilter({ a: sample })).not.toThrow();
  });

  test('an update operator outside it is an error', () => {
    for (const operator of ['$rename', '$mul', '$currentDate', '$bit', '$pop', '$pullAll']) {
      expect(() => parseUpdate({ [operator]: { a: 1 } })).toThrow(/unsupported modifier/);
    }
    for (const path of ['a.$', 'a.$[]', 'a.$[x].b'])
      expect(() => parseUpdate({ $set: { [path]: 1 } })).toThrow(/positional/);
    expect(() => parseUpdate([{ $set: { a: 1 } }])).toThrow(/pipeline/);
    expect(() => parseUpdate({ $push: { a: { $each: [1], $sort: 1 } } })).toThrow(/clause/);
  });
});
