import { connectDatabase, type DatabaseConnection } from '@reelsync/database';

import { testMongoUri, uniqueName } from '../../../tests/support';
import { countChanges, takeSnapshot } from '../src/database-snapshot';
import { databaseNames, dropDatabases } from '../src/installation-databases';

interface Entry {
  readonly _id: string;
  readonly [field: string]: unknown;
}

let connection: DatabaseConnection;
beforeEach(async () => {
  connection = await connectDatabase({
    uri: testMongoUri(),
    ...databaseNames(uniqueName('snapshot')),
  });
});
afterEach(async () => {
  await dropDatabases(connection);
  await connection.close();
});

test('counts every document that is new, gone or different, with or without a time of writing', async () => {
  const inventory = connection.state.collection<Entry>('inventory');
  const movies = connection.catalogue.collection<Entry>('FlatMovies');
  await inventory.insertMany([
    { _id: 'kept', pendingSince: new Date(0) },
    { _id: 'marked', pendingSince: new Date(0) },
    { _id: 'gone' },
    { _id: 'reordered', a: 1, b: 2 },
  ]);
  await movies.insertMany([
    { _id: 'kept', title: '1923' },
    { _id: 'emptied', logo: 'x' },
  ]);
  const before = await takeSnapshot(connection);
  expect(before.size).toBe(6);

  await inventory.updateOne({ _id: 'marked' }, { $unset: { pendingSince: true } });
  await inventory.deleteOne({ _id: 'gone' });
  await inventory.replaceOne({ _id: 'reordered' }, { b: 2, a: 1 });
  await inventory.insertOne({ _id: 'new' });
  await movies.updateOne({ _id: 'emptied' }, { $unset: { logo: true } });
  await connection.state.collection<Entry>('listings').insertOne({ _id: 'default/movie' });
  expect(countChanges(before, await takeSnapshot(connection))).toBe(6);
});

test('the records of runs do not count', async () => {
  const before = await takeSnapshot(connection);
  await connection.state.collection<Entry>('runs').insertOne({ _id: 'run' });
  await connection.state.collection<Entry>('runUnits').insertOne({ _id: 'unit' });
  expect(countChanges(before, await takeSnapshot(connection))).toBe(0);
});
