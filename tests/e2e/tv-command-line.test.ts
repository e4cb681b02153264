import { connectDatabase, type DatabaseConnection } from '@reelsync/database';

import { testMongoUri } from '../support';
import { Installation, printedRun } from './support/installation';
import { openStage, type Stage } from './support/stage';

const SHOW = 'Breaking Point';
const SPOILED = 'http://spoiled.example/thumbnail.jpg';

let stage: Stage;
let installation: Installation;
let connection: DatabaseConnection;
beforeAll(async () => {
  stage = await openStage({ titles: 0, shows: 8 });
  installation = await Installation.open(stage);
  connection = await connectDatabase({
    uri: testMongoUri(),
    catalogueName: installation.env['MONGODB_CATALOGUE_NAME'] ?? '',
    stateName: installation.env['MONGODB_STATE_NAME'] ?? '',
  });
  await installation.startWorker();
  await installation.scan();
});
afterAll(async () => {
  await connection.close();
  await installation.close();
  await stage.close();
});

const episodes = () => connection.catalogue.collection('FlatEpisodes');
const spoiled = async (): Promise<number[]> =>
  (
    await episodes()
      .find({ thumbnail: SPOILED }, { sort: { episodeNumber: 1 } })
      .toArray()
  ).map(({ episodeNumber }) => Number(episodeNumber));

test('enqueue episodes --season --episode brings these episodes in step and leaves the others of the season alone', async () => {
  const { modifiedCount } = await episodes().updateMany(
    { originalTitle: SHOW, seasonNumber: 1 },
    { $set: { thumbnail: SPOILED } },
  );
  expect(modifiedCount).toBe(2);
  const one = ['enqueue', 'episodes', SHOW, '--season', '1', '--episode', '2', '--json'];
  expect(printedRun(await installation.cli(one))).toMatchObject({ planned: 1, updated: 1, failed: 0 });
  expect(await spoiled()).toEqual([1]);
  const whole = ['enqueue', 'episodes', SHOW, '--season', '1', '--force', '--json'];
  expect(printedRun(await installation.cli(whole))).toMatchObject({ planned: 1, updated: 1, failed: 0 });
  expect(await spoiled()).toEqual([]);
});

test('enqueue shows, seasons and episodes name what they are asked for', async () => {
  for (const [domain, planned] of [
    ['shows', 1],
    ['seasons', 3],
    ['episodes', 3],
  ] as const)
    expect(printedRun(await installation.cli(['enqueue', domain, SHOW, '--json']))).toMatchObject({
      status: 'done',
      planned,
      unchanged: planned,
    });
});

test('an episode without its season, or of no number, is refused with what to give', async () => {
  const { code, stdout, stderr } = await installation.cli(['enqueue', 'episodes', SHOW, '--episode', '2']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('Give one --season when you give --episode.');
  const wrong = await installation.cli(['enqueue', 'episodes', SHOW, '--season', '1', '--episode', 'two']);
  expect(wrong.code).toBe(2);
  const unknown = await installation.cli(['enqueue', 'episodes', SHOW, '--season', '1', '--episode', '77']);
  expect(unknown.code).not.toBe(0);
  expect(unknown.stderr).toContain('TITLE_UNKNOWN');
});
