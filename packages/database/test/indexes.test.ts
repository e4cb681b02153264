import type { Unit } from '@reelsync/core';
import { CATALOGUE_INDEXES, DatabaseAdapter, ensureIndexes, STATE_INDEXES } from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase({ private: true });
const MOVIES = CATALOGUE_INDEXES.filter(({ collection }) => collection === 'FlatMovies');
const SPECS = CATALOGUE_INDEXES.length + STATE_INDEXES.length;

const off = () =>
  database.catalogue.client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });

afterEach(async () => {
  await off();
  await database.catalogue.dropDatabase();
  await database.state.dropDatabase();
});

it('DM-1: is unique on folder names and ids only', () => {
  const unique = CATALOGUE_INDEXES.filter((spec) => spec.unique === true);
  expect(unique.map(({ collection, key }) => `${collection} ${Object.keys(key).join()}`)).toEqual([
    'FlatMovies originalTitle',
    'FlatTVShows originalTitle',
    'FlatSeasons showId,seasonNumber',
    'FlatEpisodes showId,seasonNumber,episodeNumber',
    'FlatEpisodes showId,seasonId,episodeNumber',
  ]);
});

it('DM-3: has no dead index, and no name or key twice', () => {
  const fields = CATALOGUE_INDEXES.flatMap(({ key }) => Object.keys(key));
  for (const dead of [
    'serverId',
    'metadata.genre',
    'metadata.year',
    'metadata.rating',
    'metadata.description',
  ]) {
    expect(fields).not.toContain(dead);
  }
  const all = [...CATALOGUE_INDEXES, ...STATE_INDEXES];
  expect(new Set(all.map(({ collection, name }) => `${collection}.${name}`)).size).toBe(all.length);
  const whole = all.filter(({ partial }) => partial === undefined);
  expect(new Set(whole.map(({ collection, key }) => collection + JSON.stringify(key))).size).toBe(
    whole.length,
  );
});

it('creates what is missing, then finds all of it', async () => {
  const adapter = new DatabaseAdapter(database.connection);
  database.resetCommands();
  const first = await adapter.initialize();
  expect(first.problems).toEqual([]);
  expect(first.created).toHaveLength(SPECS);
  // One command for all indexes of a collection: it is read once.
  const collections = new Set([...CATALOGUE_INDEXES, ...STATE_INDEXES].map(({ collection }) => collection));
  expect(database.commands('createIndexes')).toHaveLength(collections.size);
  const again = await new DatabaseAdapter(database.connection).initialize();
  expect(again).toMatchObject({ created: [], problems: [] });
  expect(again.existing).toHaveLength(SPECS);
  const names = (await database.catalogue.collection('FlatMovies').indexes()).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(MOVIES.map(({ name }) => name)));
});

it('asked not to list, sends one command per index whatever is there, and changes nothing the second time', async () => {
  const { movies } = new DatabaseAdapter(database.connection);
  expect(await movies.createIndexes({ list: false })).toBe(true);
  const collection = database.catalogue.collection('FlatMovies');
  const first = await collection.indexes();
  expect(first).toHaveLength(MOVIES.length + 1);
  expect(await movies.createIndexes({ list: false })).toBe(true);
  expect(await collection.indexes()).toEqual(first);
});

it('DM-4: an index with the same key and another name or options is no problem', async () => {
  const movies = database.catalogue.collection('FlatMovies');
  await movies.createIndex({ videoURL: 1 }, { name: 'by_video', sparse: true }, undefined);
  const report = await ensureIndexes(database.catalogue, MOVIES);
  expect(report.problems).toEqual([]);
  expect(report.existing).toEqual(['FlatMovies.videoURL_1']);
});

it('B-11: reports an existing unique title index with the command that replaces it, and leaves it alone', async () => {
  const movies = database.catalogue.collection('FlatMovies');
  await movies.createIndex({ title: 1 }, { name: 'title_index', unique: true }, undefined);
  const adapter = new DatabaseAdapter(database.connection);
  const { problems, created } = await adapter.initialize();
  expect(created).toHaveLength(SPECS - 1);
  expect(problems).toEqual([
    {
      collection: 'FlatMovies',
      index: 'title_index',
      message: expect.stringContaining('is unique'),
      command:
        `db.getSiblingDB("${database.catalogue.databaseName}").getCollection("FlatMovies").dropIndex("title_index"); ` +
        `db.getSiblingDB("${database.catalogue.databaseName}").getCollection("FlatMovies").createIndex({"title":1}, {"name":"title_index"})`,
    },
  ]);
  await expect(movies.indexExists('title_index')).resolves.toBe(true);
  await expect(adapter.movies.createIndexes()).resolves.toBe(false);
  // Self-healing: a pass with a problem is not remembered.
  await movies.dropIndex('title_index');
  await expect(adapter.initialize()).resolves.toMatchObject({
    created: ['FlatMovies.title_index'],
    problems: [],
  });
});

it('DM-4: says what to do about duplicates in a unique key', async () => {
  await database.catalogue
    .collection('FlatMovies')
    .insertMany([{ originalTitle: 'twice' }, { originalTitle: 'twice' }]);
  const { problems, created } = await ensureIndexes(database.catalogue, MOVIES);
  expect(created).toHaveLength(MOVIES.length - 1);
  expect(problems).toMatchObject([
    {
      index: 'originalTitle_index',
      message: expect.stringContaining('several documents share the same originalTitle'),
      command: expect.stringContaining('.aggregate([{"$group":{"_id":{"originalTitle":"$originalTitle"}'),
    },
  ]);
});

it('F-15: tries again after dropped connections, each time later', async () => {
  const waits: number[] = [];
  const sleep = (ms: number) => Promise.resolve(waits.push(ms));
  await database.failNext(['createIndexes'], { errorCode: 89 }, 3);
  const report = await ensureIndexes(database.catalogue, MOVIES, { sleep });
  expect(report.created).toHaveLength(MOVIES.length);
  expect(waits).toEqual([250, 500, 750]);
  await database.failNext(['createIndexes'], { errorCode: 89 }, 4);
  await expect(ensureIndexes(database.state, STATE_INDEXES, { sleep })).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
  });
});

it('tolerates that somebody else creates the index at the same time with other options (85, 86)', async () => {
  // The command for all of the collection, then the one for the first of them alone.
  await database.failNext(['createIndexes'], { errorCode: 85 }, 2);
  const report = await ensureIndexes(database.catalogue, MOVIES);
  expect(report).toMatchObject({ existing: ['FlatMovies.title_index'], problems: [] });
});

it('initialize is one pass for callers of the same time and is repeated after a failure', async () => {
  const adapter = new DatabaseAdapter(database.connection);
  await database.failNext(['listIndexes'], { errorCode: 8000 });
  const [first, second] = await Promise.allSettled([adapter.initialize(), adapter.initialize()]);
  expect([first, second]).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  await expect(adapter.initialize()).resolves.toMatchObject({ problems: [] });
  database.resetCommands();
  await adapter.initialize();
  expect(database.commands('listIndexes')).toEqual([]);
});

describe('DatabaseAdapter', () => {
  it('gives statistics, health and connection facts', async () => {
    const adapter = new DatabaseAdapter(database.connection);
    await adapter.movies.save({
      type: 'movie',
      title: 'T',
      originalTitle: 'a',
      videoURL: 'u',
      videoSource: 's1',
    });
    const showId = await adapter.tvShows.save({ type: 'tvShow', title: 'S', originalTitle: 'S', logo: 'l' });
    const child = { showId, showTitle: 'S', seasonNumber: 1, title: 'x' };
    const seasonId = await adapter.seasons.save({ ...child, type: 'season', episodeCount: 1 });
    await adapter.episodes.save({ ...child, type: 'episode', seasonId, episodeNumber: 1, size: 5 });
    const show: Unit = { kind: 'show', title: 'S' };
    await adapter.inventory.applyChanges('s1', [{ unit: show, digest: 'd', record: {} }], new Date(), 1);
    await expect(adapter.getStats()).resolves.toMatchObject({
      movies: { total: 1, totalCount: 1, withVideo: 1, byServer: { s1: 1 } },
      tvShows: { total: 1, totalCount: 1, withLogo: 1, byServer: { unknown: 1 } },
      seasons: { total: 1, totalCount: 1, averageEpisodeCount: 1 },
      episodes: { total: 1, totalCount: 1, averageFileSize: 5 },
      inventory: { movie: [], show: [{ serverId: 's1', present: 1 }], season: [], episodes: [] },
      overview: { totalEntities: 4 },
    });
    await expect(adapter.healthCheck()).resolves.toMatchObject({ healthy: true });
    expect(adapter.getConnectionInfo()).toEqual(database.connection.describe());
    await database.failNext(['ping'], { errorCode: 89 }, 5);
    await expect(adapter.healthCheck()).resolves.toMatchObject({
      healthy: false,
      code: 'DATABASE_UNAVAILABLE',
    });
  });
});
