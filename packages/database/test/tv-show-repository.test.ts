import type { ObjectId } from 'mongodb';
import { EpisodeRepository, TVShowRepository } from '@reelsync/database';
import { NOW } from './support/movies';
import { collect, useTestDatabase } from './support/test-database';
import { episode, LOST, OFFICE_UK, OFFICE_US, show } from './support/tv';

const database = useTestDatabase();
const LATER = new Date(NOW.getTime() + 60_000);

let shows: TVShowRepository;
beforeAll(async () => {
  shows = new TVShowRepository(database.catalogue, { now: () => NOW });
  await shows.createIndexes();
});
beforeEach(async () => {
  for (const name of ['FlatTVShows', 'FlatEpisodes'])
    await database.catalogue.collection(name).deleteMany({});
});

it('B-12: two shows with one display title both exist, by folder name', async () => {
  for (const folder of ['The Office (UK)', 'The Office (US)']) {
    await shows.smartUpsert(show(folder, { title: 'The Office' }), null, { now: NOW });
  }
  const found = await Promise.all(
    ['The Office (UK)', 'The Office (US)', 'The Office'].map((t) => shows.load(t)),
  );
  expect(found.map((document) => document?.originalTitle)).toEqual([
    'The Office (UK)',
    'The Office (US)',
    undefined,
  ]);
  await expect(shows.findByTitle('The Office')).resolves.toMatchObject({ originalTitle: 'The Office (UK)' });
});

it('B-3: a rename changes the title and keeps the id that children hold', async () => {
  await shows.smartUpsert(show('S', { title: 'Old' }), null, { now: NOW });
  const before = await shows.load('S');
  const result = await shows.smartUpsert(show('S', { title: 'New' }), before, { now: LATER });
  expect(result).toEqual({ outcome: 'updated', changedFields: ['title'] });
  await expect(shows.load('S')).resolves.toMatchObject({ _id: before?._id, title: 'New', createdAt: NOW });
  await expect(
    shows.smartUpsert(show('S', { title: 'New' }), await shows.load('S'), { now: LATER }),
  ).resolves.toMatchObject({ outcome: 'unchanged' });
});

describe('CL-5: a show that is created while episodes of its folder are there gets the id that they hold', () => {
  let episodes: EpisodeRepository;
  beforeAll(async () => {
    episodes = new EpisodeRepository(database.catalogue, { now: () => NOW });
    await episodes.createIndexes();
  });

  async function leaveBehind(showId: ObjectId, folder: string, ...numbers: number[]): Promise<void> {
    for (const number of numbers) await episodes.save(episode(showId, 1, number, { originalTitle: folder }));
  }

  const create = (folder: string) => shows.smartUpsert(show(folder), null, { now: LATER });
  const lookups = () => database.commands('find', 'FlatEpisodes');

  it('whoever creates it, and says so', async () => {
    await leaveBehind(LOST, 'Lost', 1, 2);
    await expect(create('Lost')).resolves.toMatchObject({ outcome: 'created', isReturned: true });
    await expect(shows.load('Lost')).resolves.toMatchObject({ _id: LOST, createdAt: LATER });
    await database.catalogue.collection('FlatTVShows').deleteMany({});
    await expect(shows.save(show('Lost'))).resolves.toEqual(LOST);
  });

  it('also when it was deleted since it was read', async () => {
    await shows.save(show('Lost'));
    const before = await shows.load('Lost');
    await leaveBehind(before!._id, 'Lost', 1);
    await database.catalogue.collection('FlatTVShows').deleteMany({});
    await expect(
      shows.smartUpsert(show('Lost', { logo: 'l' }), before, { now: LATER }),
    ).resolves.toMatchObject({
      outcome: 'created',
    });
    await expect(shows.load('Lost')).resolves.toMatchObject({ _id: before?._id });
  });

  it('once, when many create it at the same time', async () => {
    await leaveBehind(LOST, 'Lost', 1);
    const others = [1, 2, 3].map(() => new TVShowRepository(database.catalogue, { now: () => NOW }));
    const results = await Promise.all(
      others.map((repository) => repository.smartUpsert(show('Lost'), null, { now: NOW })),
    );
    expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    await expect(collect(shows.findAll())).resolves.toMatchObject([{ _id: LOST }]);
  });

  it('asks once for all that are created together, and for none that exists', async () => {
    await leaveBehind(LOST, 'Lost', 1);
    database.resetCommands();
    const results = await Promise.all(['Lost', 'Other', 'Third'].map(create));
    expect(results.map(({ isReturned }) => isReturned)).toEqual([true, undefined, undefined]);
    expect(lookups()).toHaveLength(1);
    database.resetCommands();
    const stored = await shows.load('Lost');
    await shows.smartUpsert(show('Lost', { logo: 'new' }), stored, { now: LATER });
    await shows.upsert(show('Other'), { now: LATER });
    expect(lookups()).toEqual([]);
  });

  it('but not that of a show that is there under another folder name', async () => {
    await leaveBehind(LOST, 'Lost', 1);
    await create('Lost');
    await database.catalogue
      .collection('FlatTVShows')
      .updateOne({ _id: LOST }, { $set: { originalTitle: 'Moved' } });
    await expect(create('Lost')).resolves.not.toHaveProperty('isReturned');
    await expect(shows.load('Moved')).resolves.toMatchObject({ _id: LOST });
    await expect(shows.count()).resolves.toBe(2);
  });

  it('of several the one with the most episodes, else the oldest', async () => {
    await leaveBehind(OFFICE_UK, 'More', 1);
    await leaveBehind(OFFICE_US, 'More', 1, 2);
    await leaveBehind(LOST, 'Even', 1);
    await leaveBehind(OFFICE_UK, 'Even', 2);
    await create('More');
    await create('Even');
    await expect(shows.load('More')).resolves.toMatchObject({ _id: OFFICE_US });
    await expect(shows.load('Even')).resolves.toMatchObject({ _id: OFFICE_UK });
  });
});

it('updates counts and images around locks', async () => {
  await shows.save(show('S', { seasonCount: 1, logo: 'mine', lockedFields: { logo: true } }));
  await expect(shows.updateCounts('S', { seasonCount: 2, totalEpisodeCount: 20 })).resolves.toEqual({
    outcome: 'updated',
    changedFields: ['seasonCount', 'totalEpisodeCount'],
  });
  await expect(
    shows.updateCounts('S', { seasonCount: 2, totalEpisodeCount: 20 }, { now: LATER }),
  ).resolves.toMatchObject({ outcome: 'unchanged' });
  await shows.updateAssets('S', { logo: 'theirs', backdrop: 'b', backdropFocal: null });
  await expect(shows.load('S')).resolves.toMatchObject({
    logo: 'mine',
    backdrop: 'b',
    backdropFocal: null,
    lastSynced: NOW,
  });
  await expect(shows.updateCounts('none', { seasonCount: 1 })).rejects.toMatchObject({
    code: 'TITLE_UNKNOWN',
  });
});

it('finds missing images', async () => {
  await shows.save(show('full', { posterURL: 'p', backdrop: 'b', logo: 'l' }));
  await shows.save(show('bare', { posterURL: '', logo: 'l' }));
  const missing = async (asset: 'poster' | 'backdrop' | 'logo') =>
    (await collect(shows.findMissingAssets(asset))).map(({ originalTitle }) => originalTitle);
  await expect(missing('poster')).resolves.toEqual(['bare']);
  await expect(missing('backdrop')).resolves.toEqual(['bare']);
  await expect(missing('logo')).resolves.toEqual([]);
});

it('B-10: statistics are over fields that documents have', async () => {
  const genres = (...names: string[]) => ({ metadata: { genres: names.map((name, id) => ({ id, name })) } });
  await shows.save(
    show('a', { ...genres('Drama', 'Comedy'), posterURL: 'p', seasonCount: 2, totalEpisodeCount: 10 }),
  );
  await shows.save(show('b', { ...genres('Drama'), backdrop: 'b', seasonCount: 5, totalEpisodeCount: 50 }));
  await shows.save(show('c', { logo: 'l', metadataSource: 's1' }));
  await expect(shows.getTVShowStats()).resolves.toEqual({
    total: 3,
    withPoster: 1,
    withBackdrop: 1,
    withLogo: 1,
    averageSeasonCount: 3.5,
    averageEpisodeCount: 30,
    byGenre: { Comedy: 1, Drama: 2 },
  });
  await expect(shows.getStats()).resolves.toEqual({
    totalCount: 3,
    byServer: { s1: 1, unknown: 2 },
    recentlyModified: 3,
  });
});

it('statistics of an empty collection are zeros', async () => {
  await expect(shows.getTVShowStats()).resolves.toMatchObject({
    total: 0,
    averageSeasonCount: 0,
    byGenre: {},
  });
});

it('names what lacks a field or is old, with no more than its name, and finds folders by id', async () => {
  await shows.save(show('With', { logo: 'there' }));
  await shows.save(show('Without'));
  await shows.save(show('Empty', { logo: '' }), { now: LATER });
  const without = await shows.findNamesWithout('logo', 10);
  expect(without.map(({ originalTitle }) => originalTitle)).toEqual(['Empty', 'Without']);
  expect(without[0]).toEqual({
    _id: expect.anything(),
    title: expect.any(String),
    originalTitle: 'Empty',
    lastSynced: LATER,
  });
  await expect(shows.findNamesWithout('logo', 1)).resolves.toHaveLength(1);
  await expect(shows.countPresent('logo')).resolves.toBe(1);

  await database.catalogue
    .collection('FlatTVShows')
    .updateOne({ originalTitle: 'Without' }, { $unset: { lastSynced: true } });
  const old = await shows.findNamesOlderThan(LATER, 10);
  expect(old.map(({ originalTitle }) => originalTitle)).toEqual(['Without', 'With']);

  const ids = without.map(({ _id }) => _id);
  const folders = await shows.folderNames(ids);
  expect(ids.map((id) => folders.get(id.toHexString()))).toEqual(['Empty', 'Without']);
});
