import { setTimeout as delay } from 'node:timers/promises';
import type { Document } from 'mongodb';
import { codeOf, useDatabase } from '../support/database';

const database = useDatabase();

interface OpenCursor {
  readonly id: unknown;
  readonly firstBatch: Document[];
}

async function openCursor(command: Document): Promise<OpenCursor> {
  const answer = (await database.db.command(command)) as { cursor: OpenCursor };
  return answer.cursor;
}

describe('cursors', () => {
  test('batches, limit and skip give every document once', async () => {
    const collection = await database.filled(Array.from({ length: 350 }, (_, _id) => ({ _id })));
    for (const batchSize of [1, 7, 100, 1000]) {
      const found = await collection.find({}, { batchSize }).sort({ _id: 1 }).skip(5).limit(300).toArray();
      expect(found.map((document) => document['_id'])).toEqual(
        Array.from({ length: 300 }, (_, index) => index + 5),
      );
    }
    expect(await collection.aggregate([{ $match: {} }], { batchSize: 10 }).toArray()).toHaveLength(350);
  });

  test('closing a cursor kills it; an unknown one is an error', async () => {
    const collection = await database.filled(Array.from({ length: 10 }, (_, _id) => ({ _id })));
    const cursor = await openCursor({ find: collection.collectionName, batchSize: 2 });
    const killed = await database.db.command({
      killCursors: collection.collectionName,
      cursors: [cursor.id],
    });
    expect(killed['cursorsKilled']).toHaveLength(1);
    expect(
      await codeOf(database.db.command({ getMore: cursor.id, collection: collection.collectionName })),
    ).toBe(43);
  });

  test('a batch size of 0 opens a cursor without documents', async () => {
    const collection = await database.filled([{ _id: 1 }]);
    const cursor = await openCursor({ find: collection.collectionName, batchSize: 0 });
    expect(cursor.firstBatch).toEqual([]);
    const more = await database.db.command({ getMore: cursor.id, collection: collection.collectionName });
    expect(more).toMatchObject({ cursor: { nextBatch: [{ _id: 1 }] } });
  });

  test('large documents are split over batches', async () => {
    const text = 'x'.repeat(7 * 1024 * 1024);
    const collection = database.collection();
    for (const _id of [1, 2, 3]) await collection.insertOne({ _id, text });
    const cursor = await openCursor({ find: collection.collectionName });
    expect(cursor.firstBatch).toHaveLength(2);
    const sizes = await collection
      .find()
      .map((document) => String(document['text']).length)
      .toArray();
    expect(sizes).toEqual([text.length, text.length, text.length]);
  });

  test('a document over 16 MB is rejected, also when an update makes it so', async () => {
    const collection = await database.filled([{ _id: 1, a: 'x'.repeat(9 * 1024 * 1024) }]);
    expect(await codeOf(collection.updateOne({ _id: 1 }, { $set: { b: 'x'.repeat(9 * 1024 * 1024) } }))).toBe(
      17419,
    );
    expect(await collection.countDocuments({ b: { $exists: true } })).toBe(0);
  });
});

describe('reading', () => {
  test('count and distinct', async () => {
    const collection = await database.filled([
      { _id: 1, a: [1, 2] },
      { _id: 2, a: 2 },
      { _id: 3, a: null },
      { _id: 4, b: { c: 1 } },
    ]);
    expect(await collection.countDocuments({ a: 2 })).toBe(2);
    expect(await collection.countDocuments({}, { skip: 1, limit: 2 })).toBe(2);
    expect(await collection.estimatedDocumentCount()).toBe(4);
    expect(await database.collection().countDocuments()).toBe(0);
    expect((await collection.distinct('a')).sort()).toEqual([1, 2, null]);
    expect(await collection.distinct('b.c')).toEqual([1]);
    expect(await collection.distinct('a', { _id: 2 })).toEqual([2]);
  });
});

describe('collections and databases', () => {
  test('listing and dropping', async () => {
    const collection = await database.filled([{ _id: 1 }]);
    const name = collection.collectionName;
    expect(await database.db.listCollections({ name }, { nameOnly: true }).toArray()).toEqual([
      { name, type: 'collection' },
    ]);
    const { databases } = await database.client.db().admin().listDatabases({ nameOnly: true });
    expect(databases.map((entry) => entry.name)).toContain(database.db.databaseName);
    await collection.drop();
    expect(await database.db.listCollections({ name }).toArray()).toEqual([]);
    await database.db.createCollection(name);
    expect(await database.db.listCollections({ name }).toArray()).toHaveLength(1);
  });

  test('ping, buildInfo, serverStatus and connectionStatus answer', async () => {
    const admin = database.client.db('admin');
    expect(await admin.command({ ping: 1 })).toMatchObject({ ok: 1 });
    expect(
      Number(String((await admin.command({ buildInfo: 1 }))['version']).split('.')[0]),
    ).toBeGreaterThanOrEqual(7);
    expect(await admin.command({ serverStatus: 1 })).toMatchObject({ ok: 1 });
    expect(await admin.command({ connectionStatus: 1 })).toMatchObject({
      authInfo: { authenticatedUsers: [] },
    });
  });

  test('serverStatus counts commands, as MongoDB does', async () => {
    const admin = database.client.db('admin');
    const counted = async (name: string): Promise<{ total: number; failed: number }> => {
      const status = (await admin.command({ serverStatus: 1 })) as {
        metrics: { commands: Record<string, { total: unknown; failed: unknown } | undefined> };
      };
      const { total, failed } = status.metrics.commands[name] ?? { total: 0, failed: 0 };
      return { total: Number(total), failed: Number(failed) };
    };
    const before = await counted('count');
    await database.collection().estimatedDocumentCount();
    await expect(
      database.db.command({ count: database.collection().collectionName, query: { $nonsense: 1 } }),
    ).rejects.toThrow();
    const after = await counted('count');
    expect(after.total - before.total).toBe(2);
    expect(after.failed - before.failed).toBe(1);
  });

  test('an expired document is deleted', async () => {
    const collection = database.collection();
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 3600 }, undefined);
    expect((await collection.indexes()).at(-1)).toMatchObject({ expireAfterSeconds: 3600 });
  });
});

describe('malformed commands are errors', () => {
  test.each<[Document, number]>([
    [{ noSuchCommand: 1 }, 59],
    [{ find: 5 }, 73],
    [{ find: '' }, 73],
    [{ find: 'c', filter: 5 }, 14],
    [{ find: 'c', sort: 'a' }, 14],
    [{ find: 'c', nonsense: 1 }, 40415],
    [{ find: 'c', skip: -1 }, 51024],
    [{ insert: 'c', documents: 5 }, 14],
    [{ insert: 'c', documents: [] }, 2],
    [{ insert: 'c', documents: [5] }, 14],
    [{ update: 'c', updates: [{ q: 5, u: {} }] }, 14],
    [{ delete: 'c', deletes: [{ q: {}, limit: 2 }] }, 9],
    [{ aggregate: 'c', pipeline: [] }, 9],
    [{ distinct: 'c', key: 5 }, 14],
    [{ killCursors: 'c', cursors: 5 }, 14],
  ])('%j', async (command, code) => {
    expect(await codeOf(database.db.command(command))).toBe(code);
  });

  test('deep nesting is refused', async () => {
    let deep: Document = {};
    for (let level = 0; level < 250; level++) deep = { a: deep };
    await expect(database.collection().insertOne({ deep })).rejects.toThrow(/depth|nest/i);
    expect(await database.db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});

describe('fail points', () => {
  const admin = (command: Document): Promise<Document> => database.client.db('admin').command(command);
  afterEach(() => admin({ configureFailPoint: 'failCommand', mode: 'off' }));

  test('an error code, a number of times, for the listed commands only', async () => {
    const collection = await database.filled([{ _id: 1 }]);
    await admin({
      configureFailPoint: 'failCommand',
      mode: { times: 2 },
      data: { failCommands: ['insert', 'update'], errorCode: 11000 },
    });
    expect(await codeOf(collection.insertOne({ _id: 2 }))).toBe(11000);
    expect(await collection.countDocuments()).toBe(1);
    expect(await codeOf(collection.updateOne({ _id: 1 }, { $set: { a: 1 } }))).toBe(11000);
    await collection.insertOne({ _id: 2 });
  });

  test('a closed connection is a network error, and the next command works', async () => {
    const collection = await database.filled([{ _id: 1 }]);
    await admin({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['insert'], closeConnection: true },
    });
    await expect(collection.insertOne({ _id: 2 })).rejects.toThrow(/closed/);
    await collection.insertOne({ _id: 3 });
    expect(await collection.countDocuments({ _id: 2 })).toBe(0);
  });

  test('a blocked command waits and others do not', async () => {
    const collection = await database.filled([{ _id: 1 }]);
    const data = { failCommands: ['insert'], blockConnection: true, blockTimeMS: 300 };
    await admin({ configureFailPoint: 'failCommand', mode: { times: 1 }, data });
    const events: string[] = [];
    const inserted = collection.insertOne({ _id: 2 }).then(() => events.push('insert'));
    await delay(0);
    await collection.findOne({});
    events.push('find');
    await inserted;
    expect(events).toEqual(['find', 'insert']);
  });
});
