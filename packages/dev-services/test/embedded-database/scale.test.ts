import { MongoClient, type Collection } from 'mongodb';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '../../src/embedded-database';

interface Title {
  _id: number;
  title: string;
  server: string;
  season: number;
  missingSince?: Date;
}

/** Documents with the keys of a catalogue. */
function titles(count: number): Title[] {
  return Array.from({ length: count }, (_, _id) => ({
    _id,
    title: `Title ${_id}`,
    server: `server-${_id % 5}`,
    season: _id % 1000,
    ...(_id % 5000 === 0 && { missingSince: new Date(_id) }),
  }));
}

describe('50,000 documents beside 500', () => {
  const warnings: Record<string, unknown>[] = [];
  let database: EmbeddedDatabase;
  let client: MongoClient;
  let small: Collection<Title>;
  let large: Collection<Title>;

  beforeAll(async () => {
    database = await startEmbeddedDatabase({
      dataDir: null,
      log: (level, message, fields = {}) => {
        if (level === 'warn') warnings.push({ message, ...fields });
      },
    });
    client = await MongoClient.connect(database.uri);
    small = client.db('scale').collection<Title>('small');
    large = client.db('scale').collection<Title>('large');
    for (const [collection, count] of [
      [small, 500],
      [large, 50_000],
    ] as const) {
      await collection.createIndex({ title: 1 }, { unique: true }, undefined);
      await collection.createIndex({ server: 1, season: 1 });
      await collection.createIndex({ missingSince: 1 }, { sparse: true }, undefined);
      await collection.insertMany(titles(count), { ordered: false });
    }
  });
  afterAll(async () => {
    await client.close();
    await database.close();
  });

  /** Median of several runs, so that one pause of the machine decides nothing. */
  async function medianMs(run: () => Promise<unknown>): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < 7; round++) {
      const started = performance.now();
      await run();
      times.push(performance.now() - started);
    }
    return times.sort((a, b) => a - b)[3]!;
  }

  async function ratio(run: (collection: Collection<Title>) => Promise<unknown>): Promise<number> {
    await run(small);
    await run(large);
    return (await medianMs(() => run(large))) / (await medianMs(() => run(small)));
  }

  // A scan of 100 times as many documents would be far beyond this.
  const MOST = 6;

  test('point queries', async () => {
    const queries = Array.from({ length: 40 }, (_, index) => `Title ${index * 12}`);
    expect(
      await ratio((collection) => Promise.all(queries.map((title) => collection.findOne({ title })))),
    ).toBeLessThan(MOST);
    expect(
      await ratio((collection) =>
        Promise.all(queries.map((title) => collection.updateOne({ title }, { $inc: { season: 0 } }))),
      ),
    ).toBeLessThan(MOST);
  });

  test('$in of 1,000 keys', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `Title ${index}`);
    // Half of the keys exist in the small collection, all in the large one.
    const found = (collection: Collection<Title>): Promise<unknown> =>
      collection.find({ title: { $in: keys } }).toArray();
    expect(await ratio(found)).toBeLessThan(MOST * 2);
  });

  test('compound keys, and what a sparse index holds', async () => {
    const compound = { server: 'server-1', season: { $in: [1, 6, 11] } };
    expect(await ratio((collection) => collection.find(compound).limit(3).toArray())).toBeLessThan(MOST);
    expect(
      await ratio((collection) => collection.find({ missingSince: { $exists: true } }).toArray()),
    ).toBeLessThan(MOST);
    expect(await large.countDocuments({ missingSince: { $exists: true } })).toBe(10);
  });

  test('no query so far scanned; one that does is reported once per shape', async () => {
    expect(warnings).toEqual([]);
    for (const season of [1, 2, 3])
      await large
        .find({ season: { $gt: season } })
        .limit(1)
        .toArray();
    await small.find({ season: 1 }).toArray();
    expect(warnings).toEqual([
      { message: 'collection scan', collection: 'scale.large', filter: 'season:gt', documents: 50_000 },
    ]);
  });
});
