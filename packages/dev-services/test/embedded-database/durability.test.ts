import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { MongoClient, type Document } from 'mongodb';
import { startEmbeddedDatabase } from '../../src/embedded-database';
import { MAIN, startProcess, withFolder } from './support/processes';

interface LogEntry {
  readonly level: string;
  readonly message: string;
}

/** Runs one embedded database on the folder, inside this process. */
async function withDatabase<T>(
  folder: string,
  use: (client: MongoClient) => Promise<T>,
  log: LogEntry[] = [],
): Promise<T> {
  const database = await startEmbeddedDatabase({
    dataDir: folder,
    log: (level, message) => log.push({ level, message }),
  });
  const client = await MongoClient.connect(database.uri);
  try {
    return await use(client);
  } finally {
    await client.close();
    await database.close();
  }
}

const journalOf = (folder: string): string => path.join(folder, 'journal.bson');
const all = (client: MongoClient): Promise<Document[]> =>
  client.db('d').collection('c').find({}).sort({ _id: 1 }).toArray();

test('data, indexes, deletions and dropped collections survive a restart', async () => {
  await withFolder(async (folder) => {
    await withDatabase(folder, async (client) => {
      const collection = client.db('d').collection('c');
      await collection.createIndex(
        { a: 1 },
        { unique: true, partialFilterExpression: { on: true } },
        undefined,
      );
      await collection.createIndex({ gone: 1 });
      await collection.dropIndex('gone_1');
      await collection.insertMany([{ _id: 1, a: 1, on: true }, { _id: 2, a: 1 }, { _id: 3 }] as Document[]);
      await collection.updateOne({ _id: 2 } as Document, { $set: { 'b.c': new Date(7) } });
      await collection.deleteOne({ _id: 3 } as Document);
      await client.db('d').collection('dropped').insertOne({});
      await client.db('d').collection('dropped').drop();
      await client.db('other').collection('x').insertOne({});
      await client.db('other').dropDatabase();
      await client.db('d').createCollection('empty');
    });
    await withDatabase(folder, async (client) => {
      expect(await all(client)).toEqual([
        { _id: 1, a: 1, on: true },
        { _id: 2, a: 1, b: { c: new Date(7) } },
      ]);
      const names = (await client.db('d').listCollections().toArray()).map(({ name }) => name).sort();
      expect(names).toEqual(['c', 'empty']);
      expect((await client.db('d').collection('c').indexes()).map((index) => index.name)).toEqual([
        '_id_',
        'a_1',
      ]);
      await expect(client.db('d').collection('c').insertOne({ a: 1, on: true })).rejects.toMatchObject({
        code: 11000,
      });
    });
  });
});

test('SIGKILL loses no acknowledged write', async () => {
  await withFolder(async (folder) => {
    const acknowledged = new Map<number, number>();
    for (let round = 0; round < 3; round++) {
      const server = await startProcess(['--data-dir', folder]);
      const client = await MongoClient.connect(server.uri, { serverSelectionTimeoutMS: 1000 });
      const collection = client.db('d').collection<{ _id: number; n: number }>('c');
      const wanted = acknowledged.size + 150;
      const writer = async (first: number): Promise<void> => {
        for (let _id = round * 100_000 + first; ; _id += 8) {
          await collection.insertOne({ _id, n: 0 });
          acknowledged.set(_id, 0);
          await collection.updateOne({ _id }, { $set: { n: _id } });
          acknowledged.set(_id, _id);
          if (acknowledged.size >= wanted) server.child.kill('SIGKILL');
        }
      };
      await Promise.allSettled(Array.from({ length: 8 }, (_, first) => writer(first)));
      await server.kill('SIGKILL');
      await client.close();
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(450);
    await withDatabase(folder, async (client) => {
      const found = new Map(
        (await all(client)).map((document): [unknown, unknown] => [document['_id'], document['n']]),
      );
      for (const [id, n] of acknowledged) {
        expect(found.has(id)).toBe(true);
        // An update may have been written and not yet acknowledged, never the reverse.
        expect([n, id]).toContain(found.get(id));
      }
    });
  });
});

describe('a damaged journal', () => {
  async function filled(folder: string, count: number): Promise<Buffer> {
    await withDatabase(folder, async (client) => {
      for (let _id = 0; _id < count; _id++)
        await client
          .db('d')
          .collection('c')
          .insertOne({ _id } as Document);
    });
    return fs.readFileSync(journalOf(folder));
  }

  test('a torn tail of any length is cut with a warning, and writing goes on behind it', async () => {
    await withFolder(async (folder) => {
      const complete = await filled(folder, 3);
      const record = (complete.length - (await filledLength(2))) | 0;
      for (const missing of [1, 5, record - 1]) {
        fs.writeFileSync(journalOf(folder), complete.subarray(0, complete.length - missing));
        const log: LogEntry[] = [];
        await withDatabase(
          folder,
          async (client) => {
            expect(await all(client)).toEqual([{ _id: 0 }, { _id: 1 }]);
            await client
              .db('d')
              .collection('c')
              .insertOne({ _id: 9 } as Document);
          },
          log,
        );
        expect(log.filter(({ level }) => level === 'warn')).toEqual([
          expect.objectContaining({ message: expect.stringContaining('cut off') }),
        ]);
        await withDatabase(folder, async (client) =>
          expect(await all(client)).toEqual([{ _id: 0 }, { _id: 1 }, { _id: 9 }]),
        );
      }
    });
  });

  async function filledLength(count: number): Promise<number> {
    return withFolder(async (folder) => (await filled(folder, count)).length);
  }

  test('a wrong checksum in the last record cuts it', async () => {
    await withFolder(async (folder) => {
      const journal = await filled(folder, 3);
      journal[journal.length - 2]! ^= 0xff;
      fs.writeFileSync(journalOf(folder), journal);
      await withDatabase(folder, async (client) =>
        expect(await all(client)).toEqual([{ _id: 0 }, { _id: 1 }]),
      );
    });
  });

  test('damage before the end refuses to start instead of dropping what follows', async () => {
    await withFolder(async (folder) => {
      const journal = await filled(folder, 3);
      journal[20]! ^= 0xff;
      fs.writeFileSync(journalOf(folder), journal);
      await expect(startEmbeddedDatabase({ dataDir: folder, log: () => undefined })).rejects.toThrow(
        /damaged at byte 0/,
      );
      expect(fs.readFileSync(journalOf(folder)).equals(journal)).toBe(true);
      expect(fs.existsSync(path.join(folder, 'database.lock'))).toBe(false);
    });
  });
});

test('the journal is compacted at start, also when a former compaction was killed', async () => {
  await withFolder(async (folder) => {
    await withDatabase(folder, async (client) => {
      const collection = client.db('d').collection('c');
      await collection.createIndex({ n: 1 }, { sparse: true }, undefined);
      await collection.insertMany([{ _id: 1 }, { _id: 2 }] as Document[]);
      for (let n = 0; n < 200; n++) await collection.updateOne({ _id: 1 } as Document, { $set: { n } });
    });
    const before = fs.statSync(journalOf(folder)).size;
    fs.writeFileSync(`${journalOf(folder)}.new`, 'half written');
    const log: LogEntry[] = [];
    const expected = [{ _id: 1, n: 199 }, { _id: 2 }];
    await withDatabase(folder, async (client) => expect(await all(client)).toEqual(expected), log);
    expect(log).toContainEqual({ level: 'info', message: 'journal compacted' });
    expect(fs.statSync(journalOf(folder)).size).toBeLessThan(before / 20);
    expect(fs.readdirSync(folder)).toEqual(['journal.bson']);
    await withDatabase(folder, async (client) => {
      expect(await all(client)).toEqual(expected);
      expect((await client.db('d').collection('c').indexes())[1]).toMatchObject({
        name: 'n_1',
        sparse: true,
      });
    });
  });
});

describe('the lock of the folder', () => {
  test('a second database on the folder is refused, in this process and in another', async () => {
    await withFolder(async (folder) => {
      await withDatabase(folder, async () => {
        await expect(startEmbeddedDatabase({ dataDir: folder })).rejects.toThrow(/in use by process/);
        await expect(startProcess(['--data-dir', folder])).rejects.toThrow(/in use by process/);
      });
      await withDatabase(folder, async (client) => expect(await all(client)).toEqual([]));
    });
  });

  test('the lock of a dead process, and of a later process with its id, is taken over', async () => {
    await withFolder(async (folder) => {
      const server = await startProcess(['--data-dir', folder]);
      await server.kill('SIGKILL');
      expect(fs.existsSync(path.join(folder, 'database.lock'))).toBe(true);
      await withDatabase(folder, async (client) => expect(await all(client)).toEqual([]));
      fs.writeFileSync(path.join(folder, 'database.lock'), `{"pid":${process.pid},"started":"1"}`);
      await withDatabase(folder, async (client) => expect(await all(client)).toEqual([]));
    });
  });
});

describe('the process', () => {
  test.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])(
    'ends with code 0 on %s, also with clients connected',
    async (signal) => {
      const server = await startProcess([]);
      const client = await MongoClient.connect(server.uri);
      const started = Date.now();
      expect(await server.kill(signal)).toEqual({ code: 0, signal: null });
      expect(Date.now() - started).toBeLessThan(2000);
      await client.close();
    },
  );

  test('ends by itself when its parent is killed', async () => {
    const parentScript = `
      const child = require('node:child_process').spawn(process.execPath, [${JSON.stringify(MAIN)}, '--exit-with-parent'], { stdio: ['pipe', 'inherit', 'ignore'] });
      setInterval(() => child, 1000);`;
    const parent = spawn(process.execPath, ['-e', parentScript], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(parent.stdout, 'close');
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const { uri } = JSON.parse(line) as { uri: string };
    parent.kill('SIGKILL');
    // The database holds the other end of the pipe until it exits.
    await closed;
    const refused = once(net.connect(Number(new URL(uri).port), '127.0.0.1'), 'connect');
    await expect(refused).rejects.toThrow(/ECONNREFUSED/);
  });

  test('refuses production and a nonsensical port', async () => {
    await expect(startProcess([], { NODE_ENV: 'production' })).rejects.toThrow(/development aid/);
    await expect(startProcess(['--port', 'x'])).rejects.toThrow(/invalid --port/);
  });

  test('says what it is, once, and in its answers', async () => {
    const server = await startProcess([]);
    const client = await MongoClient.connect(server.uri);
    expect(await client.db('admin').command({ buildInfo: 1 })).toMatchObject({
      implementation: 'reelsync-embedded-database',
    });
    expect(await client.db('admin').command({ hello: 1 })).toMatchObject({
      implementation: 'reelsync-embedded-database',
    });
    await client.close();
    await server.kill('SIGTERM');
    expect(server.stderr().match(/development aid/g)).toHaveLength(1);
  });
});
