import { ReelsyncError } from '@reelsync/core';
import { connectDatabase, toDatabaseError } from '@reelsync/database';
import {
  BSON,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoTopologyClosedError,
} from 'mongodb';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase({ private: true });

const serverError = (code: number) => new MongoServerError({ code, message: `code ${code}` });

describe('toDatabaseError', () => {
  it.each<[string, Error, string]>([
    ['a dropped connection', new MongoNetworkError('reset'), 'DATABASE_UNAVAILABLE'],
    ['a closed topology', new MongoTopologyClosedError('closed'), 'DATABASE_UNAVAILABLE'],
    ['a server without a primary', serverError(10107), 'DATABASE_UNAVAILABLE'],
    ['wrong credentials', serverError(18), 'DATABASE_UNAVAILABLE'],
    ['a duplicate key', serverError(11000), 'DATABASE_CONFLICT'],
    ['a document that the server finds too large', serverError(10334), 'DOCUMENT_INVALID'],
    ['a document that a validator of the collection refuses', serverError(121), 'DOCUMENT_INVALID'],
    [
      'a document that the driver finds too large',
      new MongoInvalidArgumentError('Document is larger than the maximum size 16777216'),
      'DOCUMENT_INVALID',
    ],
    ['bad BSON', new BSON.BSONError('key must not contain null bytes'), 'DOCUMENT_INVALID'],
    ['another server error', serverError(2), 'DATABASE_ERROR'],
    ['anything else', new TypeError('oops'), 'DATABASE_ERROR'],
  ])('%s is %p', (_what, error, code) => {
    const mapped = toDatabaseError(error, { operation: 'test' });
    expect(mapped).toBeInstanceOf(ReelsyncError);
    expect(mapped).toMatchObject({ code, cause: error, context: { operation: 'test' } });
  });

  it('leaves our own errors alone', () => {
    const own = new ReelsyncError('TITLE_UNKNOWN', 'none');
    expect(toDatabaseError(own)).toBe(own);
  });

  it('sees through the bulk write error that hides a network error', async () => {
    await database.failNext(['update'], { closeConnection: true }, 4);
    const error: unknown = await database.catalogue
      .collection('things')
      .bulkWrite([{ updateOne: { filter: { a: 1 }, update: { $set: { b: 1 } } } }])
      .catch((thrown: unknown) => thrown);
    await database.connection.catalogue.client
      .db('admin')
      .command({ configureFailPoint: 'failCommand', mode: 'off' });
    expect(toDatabaseError(error)).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });
});

describe('connectDatabase', () => {
  it('reports a server that does not answer as DATABASE_UNAVAILABLE', async () => {
    const uri = 'mongodb://user:secret@127.0.0.1:1/?directConnection=true';
    const attempt = connectDatabase({ uri, serverSelectionTimeoutMs: 200 });
    await expect(attempt).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(attempt).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  });

  it('describes itself without secrets', () => {
    const info = database.connection.describe();
    expect(info).toMatchObject({
      catalogue: database.catalogue.databaseName,
      appName: 'reelsync',
      maxPoolSize: 50,
    });
    expect(info.hosts).toEqual([new URL(database.uri).host]);
  });

  it('stores nothing for undefined members', async () => {
    const things = database.catalogue.collection('things');
    await things.insertOne({ a: undefined, b: 1 });
    await expect(things.findOne({ b: 1 })).resolves.not.toHaveProperty('a');
  });

  it('pings', async () => {
    await expect(database.connection.ping()).resolves.toBeUndefined();
  });
});
