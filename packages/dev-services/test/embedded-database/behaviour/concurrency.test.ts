import { MongoClient } from 'mongodb';
import { useDatabase } from '../support/database';
import { runScript } from '../support/processes';

const database = useDatabase();

test('concurrent upserts from several clients leave one document; MongoDB may answer 11000 to a loser', async () => {
  const collection = database.collection();
  await collection.createIndex({ key: 1 }, { unique: true }, undefined);
  const clients = await Promise.all(Array.from({ length: 4 }, () => MongoClient.connect(database.uri)));
  try {
    const outcomes = await Promise.allSettled(
      clients.flatMap((client) =>
        Array.from({ length: 25 }, () =>
          client
            .db(database.db.databaseName)
            .collection(collection.collectionName)
            .updateOne({ key: 'one' }, { $inc: { n: 1 } }, { upsert: true }),
        ),
      ),
    );
    const done = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
    const failures = outcomes.flatMap((outcome): unknown[] =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    for (const failure of failures) expect(failure).toMatchObject({ code: 11000 });
    expect(await collection.find({}, { projection: { _id: 0 } }).toArray()).toEqual([
      { key: 'one', n: done },
    ]);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
});

test('several processes draw numbers from one counter without a duplicate or a gap', async () => {
  const collection = await database.filled([{ _id: 'counter', n: 0 }]);
  const script = `
    const { MongoClient } = require('mongodb');
    const [uri, db, name] = process.argv.slice(1);
    (async () => {
      const client = await MongoClient.connect(uri);
      const counter = client.db(db).collection(name);
      const draw = async () => (await counter.findOneAndUpdate({ _id: 'counter' }, { $inc: { n: 1 } }, { returnDocument: 'after' })).n;
      const drawn = await Promise.all(Array.from({ length: 200 }, draw));
      await client.close();
      console.log(JSON.stringify(drawn));
    })();`;
  const args = [database.uri, database.db.databaseName, collection.collectionName];
  const outputs = await Promise.all([1, 2, 3].map(() => runScript(script, args)));
  const drawn = outputs.flatMap((output) => JSON.parse(output) as number[]).sort((a, b) => a - b);
  expect(drawn).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
});
