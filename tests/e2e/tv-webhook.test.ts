import { waitFor } from '../support';
import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';

const SHOW = 'Breaking Point';

let stage: Stage;
let installation: Installation;
let apiUrl: string;
beforeAll(async () => {
  stage = await openStage({ titles: 0, shows: 8 });
  installation = await Installation.open(stage);
  [{ value: apiUrl }] = await Promise.all([installation.startApi(), installation.startWorker()]);
  expect(await installation.scan()).toMatchObject({ status: 'done', failed: 0 });
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

/** Every season and episode, by its id, with all that is stored of it. */
async function children(): Promise<ReadonlyMap<string, string>> {
  const { seasons, episodes } = installation.database;
  const stored = new Map<string, string>();
  for (const repository of [seasons, episodes])
    for await (const document of repository.findAll())
      stored.set(document._id.toHexString(), JSON.stringify(document));
  return stored;
}

test('a changed episode and the webhook of its server: one job, and one changed document', async () => {
  const [alpha] = stage.servers;
  const before = await children();
  const show = await installation.database.tvShows.load(SHOW);
  if (show === null) throw new Error(`the catalogue has no '${SHOW}'`);
  await alpha.control.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
  expect(await alpha.control.sendSyncWebhook(apiUrl)).toBe(202);
  const webhookRuns = async () =>
    (await installation.database.runs.list({ limit: 10 })).filter(({ trigger }) => trigger === 'webhook');
  await waitFor(async () => (await webhookRuns()).some(({ status }) => status !== 'running'), {
    message: () => `the run of the webhook to end; log: ${installation.log().slice(-2000)}`,
  });
  expect(await webhookRuns()).toMatchObject([
    { status: 'done', counts: { planned: 1, updated: 1, failed: 0 } },
  ]);
  const changed = [...(await children())].filter(([id, text]) => before.get(id) !== text);
  const episode = await installation.database.episodes.findEpisode(show._id, 1, 2);
  expect(changed.map(([id]) => id)).toEqual([episode?._id.toHexString()]);
  expect(await installation.database.tvShows.load(SHOW)).toEqual(show);
});
