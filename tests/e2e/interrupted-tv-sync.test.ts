import { compareTv, expectedTv } from '@reelsync/sample-library';

import { waitFor } from '../support';
import { EQUAL, Installation, printedRun } from './support/installation';
import { openStage, type Stage } from './support/stage';

const SHOWS = 12;
/** Two files per episode, ten seasons at a time: the first sync lasts some seconds. */
const LATENCY_MS = 150;

let stage: Stage;
let installation: Installation;
beforeAll(async () => {
  stage = await openStage({ titles: 0, shows: SHOWS });
});
afterAll(() => stage.close());
beforeEach(async () => {
  installation = await Installation.open(stage);
});
afterEach(() => installation.close());

const expected = () => expectedTv(stage.servers.map(({ oracle }) => oracle));

/** The catalogue against what the merged libraries must give; children by the folder of the show that holds their `showId`. */
async function expectEqualCatalogue(): Promise<void> {
  const { tvShows, seasons, episodes } = installation.database;
  const comparison = await compareTv(expected(), {
    shows: tvShows.findAll(),
    seasons: seasons.findAll(),
    episodes: episodes.findAll(),
  });
  expect(comparison).toMatchObject({ shows: EQUAL, seasons: EQUAL, episodes: EQUAL });
}

test('Scenario 10: a worker that is killed in the middle of shows: another one ends the run, with exact counts and an equal catalogue', async () => {
  const { shows, seasons, episodes } = expected();
  const units = shows.size + 2 * seasons.size;
  await Promise.all(stage.servers.map(({ control }) => control.faults.setLatency(LATENCY_MS)));
  const worker = await installation.startWorker();
  const scan = installation.startCli(['scan', '--json']);
  await waitFor(async () => (await installation.database.episodes.count()) >= episodes.size / 4, {
    timeoutMs: 60_000,
  });
  worker.kill('SIGKILL');
  await worker.exited;
  expect(await installation.database.episodes.count()).toBeLessThan(episodes.size);

  await Promise.all(stage.servers.map(({ control }) => control.faults.clear()));
  await installation.startWorker();
  const finished = await scan.finished;
  const movies = installation.expected().size;
  expect(printedRun(finished)).toMatchObject({
    status: 'done',
    planned: movies + units,
    created: movies + units,
    failed: 0,
  });
  expect(finished.code).toBe(0);
  await expectEqualCatalogue();
  expect(await installation.scan()).toMatchObject({ planned: 0 });
}, 120_000);
