import net from 'node:net';
import { once } from 'node:events';
import { serialize } from 'bson';
import fc from 'fast-check';
import { MongoClient } from 'mongodb';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '../../src/embedded-database';

let database: EmbeddedDatabase;
let client: MongoClient;

beforeAll(async () => {
  database = await startEmbeddedDatabase({ dataDir: null, log: () => undefined });
  client = await MongoClient.connect(database.uri);
  await client.db('wire').collection<{ _id: number }>('c').insertOne({ _id: 1 });
});
afterAll(async () => {
  await client.close();
  await database.close();
});

function message(
  command: object,
  options: { flags?: number; sections?: Buffer[]; opCode?: number } = {},
): Buffer {
  const { flags = 0, sections = [], opCode = 2013 } = options;
  const body = Buffer.concat([Buffer.from([0]), serialize(command), ...sections]);
  const header = Buffer.alloc(20);
  header.writeInt32LE(header.length + body.length, 0);
  header.writeInt32LE(7, 4);
  header.writeInt32LE(opCode, 12);
  header.writeUInt32LE(flags, 16);
  return Buffer.concat([header, body]);
}

/** Sends bytes and gives everything that comes back until the server, or we after the first answer, close. */
async function exchange(bytes: readonly Buffer[], expectsAnswer = true): Promise<Buffer> {
  const socket = net.connect(database.port, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    received.push(chunk);
    if (expectsAnswer) socket.end();
  });
  for (const part of bytes) socket.write(part);
  if (!expectsAnswer) socket.end();
  if (!socket.destroyed) await once(socket, 'close');
  return Buffer.concat(received);
}

async function expectAlive(): Promise<void> {
  expect(await client.db('wire').collection('c').countDocuments()).toBe(1);
}

const ping = message({ ping: 1, $db: 'admin' });

test('a message in pieces, and two messages in one packet, are answered', async () => {
  const answer = await exchange([...ping].map((byte) => Buffer.from([byte])));
  expect(answer.readInt32LE(8)).toBe(7);
  const socket = net.connect(database.port, '127.0.0.1');
  let bytes = 0;
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes >= 2 * answer.length) resolve();
    });
  });
  socket.write(Buffer.concat([ping, ping]));
  await answered;
  socket.destroy();
});

test('an unacknowledged write is done and not answered', async () => {
  const insert = { insert: 'unacknowledged', documents: [{ _id: 1 }], $db: 'wire' };
  expect((await exchange([message(insert, { flags: 2 })], false)).length).toBe(0);
  expect((await exchange([message({ insert: 5, $db: 'wire' }, { flags: 2 })], false)).length).toBe(0);
  await client
    .db('wire')
    .collection('unacknowledged')
    .insertOne({}, { writeConcern: { w: 0 } });
  expect(await client.db('wire').collection('unacknowledged').countDocuments()).toBe(2);
});

test('a missing $db is an error', async () => {
  expect((await exchange([message({ ping: 1 })])).toString('latin1')).toContain('require a $db');
});

const withLength = (length: number): Buffer => {
  const bytes = Buffer.from(ping);
  bytes.writeInt32LE(length, 0);
  return bytes;
};

test.each<[string, Buffer]>([
  ['a negative length', withLength(-1)],
  ['a length of zero', withLength(0)],
  ['a length over 48 MB', withLength(48_000_001)],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['an unknown operation', message({ ping: 1, $db: 'admin' }, { opCode: 2012 })],
  ['a checksum', message({ ping: 1, $db: 'admin' }, { flags: 1 })],
  ['an unknown required flag', message({ ping: 1, $db: 'admin' }, { flags: 4 })],
  [
    'two bodies',
    message({ ping: 1, $db: 'admin' }, { sections: [Buffer.from([0]), Buffer.from(serialize({ a: 1 }))] }),
  ],
  ['an unknown section', message({ ping: 1, $db: 'admin' }, { sections: [Buffer.from([9, 1, 2, 3])] })],
  [
    'a section that ends too late',
    message({ ping: 1, $db: 'admin' }, { sections: [Buffer.from([1, 99, 0, 0, 0, 65, 0])] }),
  ],
])('%s closes that connection only', async (_name, bytes) => {
  await exchange([bytes], false);
  await expectAlive();
});

test('half-open connections disturb nobody', async () => {
  const sockets = Array.from({ length: 50 }, () => net.connect(database.port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) socket.write(ping.subarray(0, 10));
  await expectAlive();
  for (const socket of sockets) socket.destroy();
});

test('mutated messages never stop the server', async () => {
  const originals = [
    ping,
    message({ find: 'c', filter: { a: { $in: [1, 'x', null] } }, sort: { a: 1 }, $db: 'fuzz' }),
    message({ insert: 'c', documents: [{ a: { b: [1, 2, { c: new Date(0) }] } }], $db: 'fuzz' }),
    message({ update: 'c', updates: [{ q: {}, u: { $set: { 'a.b': 1 } }, upsert: true }], $db: 'fuzz' }),
    message({
      aggregate: 'c',
      pipeline: [{ $group: { _id: '$a', n: { $sum: 1 } } }],
      cursor: {},
      $db: 'fuzz',
    }),
    message({ createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a' }], $db: 'fuzz' }),
  ];
  const mutation = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...originals),
      fc.array(mutation, { minLength: 1, maxLength: 5 }),
      fc.option(fc.nat({ max: 60 }), { nil: 0 }),
      async (original, mutations, cut) => {
        const bytes = Buffer.from(original);
        // The length stays, so that the message reaches the parser.
        for (const { at, value } of mutations) bytes[4 + (at % (bytes.length - 4))] = value;
        await exchange([bytes.subarray(0, bytes.length - cut)], false);
      },
    ),
    { numRuns: 400 },
  );
  await expectAlive();
});

test('a restart on the same port is found again by the same client', async () => {
  const first = await startEmbeddedDatabase({ dataDir: null, log: () => undefined });
  const other = await MongoClient.connect(first.uri, { serverSelectionTimeoutMS: 5000 });
  await other.db('x').command({ ping: 1 });
  await first.close();
  await expect(other.db('x').collection('c').insertOne({})).rejects.toThrow();
  const second = await startEmbeddedDatabase({ dataDir: null, port: first.port, log: () => undefined });
  await other.db('x').collection('c').insertOne({});
  await other.close();
  await second.close();
});
