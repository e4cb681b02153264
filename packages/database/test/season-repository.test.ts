import { ObjectId } from 'mongodb';
import { SeasonRepository } from '@reelsync/database';
import { NOW } from './support/movies';
import { collect, useTestDatabase } from './support/test-database';
import { LOST, OFFICE_UK, OFFICE_US, season } from './support/tv';

const database = useTestDatabase();
const LATER = new Date(NOW.getTime() + 60_000);

let seasons: SeasonRepository;
beforeAll(async () => {
  seasons = new SeasonRepository(database.catalogue, { now: () => NOW });
  await seasons.createIndexes();
});
beforeEach(() => database.catalogue.collection('FlatSeasons').deleteMany({}));

it('answers lookups of the same time with one query, each with its own season', async () => {
  for (const showId of [OFFICE_UK, OFFICE_US, LOST]) {
    for (const number of [0, 1, 11]) await seasons.save(season(showId, number));
  }
  database.resetCommands();
  const found = await Promise.all([
    seasons.loadSeason(OFFICE_UK, 1),
    seasons.loadSeason(OFFICE_US, 11),
    seasons.findSeason(OFFICE_UK, 0),
    seasons.loadSeason(OFFICE_UK, 2),
    seasons.loadSeason(OFFICE_UK, 1),
  ]);
  expect(found.map((document) => document && [document.showId, document.seasonNumber])).toEqual([
    [OFFICE_UK, 1],
    [OFFICE_US, 11],
    [OFFICE_UK, 0],
    null,
    [OFFICE_UK, 1],
  ]);
  expect(database.commands('find', 'FlatSeasons')).toHaveLength(1);
});

it('lists the seasons of a show by number', async () => {
  for (const number of [10, 2, 0]) await seasons.save(season(LOST, number));
  await seasons.save(season(OFFICE_UK, 1));
  const numbers = (await collect(seasons.findByShow(LOST))).map(({ seasonNumber }) => seasonNumber);
  expect(numbers).toEqual([0, 2, 10]);
  await expect(seasons.getSeasonCount(LOST)).resolves.toBe(3);
});

it('bulkUpsertShow makes the seasons what the entities say, with one read and one write', async () => {
  await seasons.save(season(LOST, 1, { overview: 'old', posterURL: 'p' }));
  await seasons.save(season(LOST, 2, { posterURL: 'mine', lockedFields: { posterURL: true } }));
  const [first, second] = await collect(seasons.findByShow(LOST));
  database.resetCommands();
  const results = await seasons.bulkUpsertShow(
    [season(LOST, 1, { overview: 'new' }), season(LOST, 2), season(LOST, 3)],
    { now: LATER },
  );
  expect(results.map(({ outcome }) => outcome)).toEqual(['updated', 'unchanged', 'created']);
  expect(database.commands('find', 'FlatSeasons')).toHaveLength(1);
  expect(database.commands('update', 'FlatSeasons')).toHaveLength(1);
  const after = await collect(seasons.findByShow(LOST));
  expect(after).toMatchObject([
    { _id: first?._id, overview: 'new', createdAt: NOW },
    { _id: second?._id, posterURL: 'mine' },
    { seasonNumber: 3, createdAt: LATER },
  ]);
  expect(after[0]).not.toHaveProperty('posterURL');
});

it('updates the preview and the episode count of one season', async () => {
  for (const showId of [OFFICE_UK, OFFICE_US]) await seasons.save(season(showId, 1));
  await seasons.updateBlurhash(OFFICE_UK, 1, { posterBlurhash: 'LEHV6', posterBlurhashSource: 's1' });
  await seasons.updateEpisodeCount(OFFICE_UK, 1, 6, { now: LATER, runId: 'f'.repeat(24) });
  await expect(seasons.loadSeason(OFFICE_UK, 1)).resolves.toMatchObject({
    posterBlurhash: 'LEHV6',
    posterBlurhashSource: 's1',
    episodeCount: 6,
    lastSynced: LATER,
    syncRunId: 'f'.repeat(24),
  });
  await expect(seasons.loadSeason(OFFICE_US, 1)).resolves.not.toHaveProperty('episodeCount');
  await expect(seasons.updateEpisodeCount(LOST, 1, 6)).rejects.toMatchObject({
    code: 'TITLE_UNKNOWN',
    message: expect.stringContaining(`${LOST.toHexString()}/1`),
  });
});

it('finds seasons without a poster, of one show or of all', async () => {
  await seasons.save(season(LOST, 1, { posterURL: 'p' }));
  await seasons.save(season(LOST, 2, { posterURL: '' }));
  await seasons.save(season(OFFICE_UK, 1));
  await expect(collect(seasons.findMissingPosters())).resolves.toHaveLength(2);
  await expect(collect(seasons.findMissingPosters(LOST))).resolves.toMatchObject([{ seasonNumber: 2 }]);
});

it('bulkUpdate, delete and exists work by key', async () => {
  await seasons.save(season(LOST, 1));
  await seasons.save(season(LOST, 2, { manualEntry: true }));
  const [first, second, none] = [1, 2, 3].map((seasonNumber) => ({ showId: LOST, seasonNumber }));
  await expect(
    seasons.bulkUpdate([first!, second!, none!].map((key) => ({ key, updates: { episodeCount: 1 } }))),
  ).resolves.toEqual({ updated: [first, second], unchanged: [], missing: [none] });
  await expect(seasons.exists(first!)).resolves.toBe(true);
  await expect(seasons.delete(first!)).resolves.toBe(true);
  await expect(seasons.exists(first!)).resolves.toBe(false);
  await expect(seasons.delete(second!)).resolves.toBe(false);
});

it('statistics name the 20 largest shows', async () => {
  for (let count = 1; count <= 21; count += 1) await seasons.save(season(new ObjectId(), count));
  const { total, byShow } = await seasons.getSeasonStats();
  expect([total, byShow.length]).toEqual([21, 20]);
});

it('B-12: statistics count shows by id, the largest first', async () => {
  await seasons.save(season(OFFICE_UK, 1, { posterURL: 'p', episodeCount: 6 }));
  for (const number of [1, 2]) await seasons.save(season(OFFICE_US, number, { episodeCount: 12 }));
  await seasons.save(season(LOST, 1));
  await expect(seasons.getSeasonStats()).resolves.toEqual({
    total: 4,
    withPosters: 1,
    averageEpisodeCount: 10,
    byShow: [
      { showId: OFFICE_US, showTitle: 'The Office', count: 2 },
      { showId: OFFICE_UK, showTitle: 'The Office', count: 1 },
      { showId: LOST, showTitle: 'Lost', count: 1 },
    ],
  });
});
