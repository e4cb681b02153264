import { randomUUID } from 'node:crypto';
import { MongoClient, MongoServerError, type Collection, type Db, type Document } from 'mongodb';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '../../../src/embedded-database';

/** Documents of the tests have ids of any type. */
export interface AnyDocument {
  _id?: string | number;
  [key: string]: unknown;
}

export interface TestDatabase {
  readonly uri: string;
  readonly client: MongoClient;
  readonly db: Db;
  /** An empty collection under a new name. */
  collection(): Collection<AnyDocument>;
  /** A new collection with these documents. */
  filled(documents: readonly AnyDocument[]): Promise<Collection<AnyDocument>>;
}

/** The server under test: MONGODB_URI when it is set (a real MongoDB), else an embedded one of this file. */
export function useDatabase(): TestDatabase {
  let embedded: EmbeddedDatabase | null = null;
  let client: MongoClient | null = null;
  let uri = process.env['MONGODB_URI'] ?? '';
  const name = `reelsync_behaviour_${randomUUID().slice(0, 8)}`;
  let collections = 0;

  beforeAll(async () => {
    if (uri === '') {
      embedded = await startEmbeddedDatabase({ dataDir: null, log: () => undefined });
      uri = embedded.uri;
    }
    client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 5000 });
  });
  afterAll(async () => {
    await client?.db(name).dropDatabase();
    await client?.close();
    await embedded?.close();
  });

  const connected = (): MongoClient => {
    if (client === null) throw new Error('the database is available inside tests only');
    return client;
  };
  const database: TestDatabase = {
    get uri() {
      return uri;
    },
    get client() {
      return connected();
    },
    get db() {
      return connected().db(name);
    },
    collection: () => database.db.collection<AnyDocument>(`c${++collections}`),
    filled: async (documents) => {
      const collection = database.collection();
      await collection.insertMany(documents.map((document) => ({ ...document })));
      return collection;
    },
  };
  return database;
}

/** Ids of the matches, in the order of ids. */
export async function idsOf(collection: Collection<AnyDocument>, filter: Document): Promise<unknown[]> {
  const found = await collection.find(filter).sort({ _id: 1 }).toArray();
  return found.map((document) => document['_id']);
}

/** The code of the server's error, or what came instead of an error. */
export async function codeOf(operation: Promise<unknown>): Promise<number | string | undefined> {
  try {
    await operation;
  } catch (error) {
    if (error instanceof MongoServerError) return error.code;
    throw error;
  }
  return 'no error';
}
