import { join } from 'node:path';

import { startEmbeddedDatabase, type EmbeddedDatabase } from '@reelsync/dev-services';

import { waitFor } from '../support';
import { EQUAL, Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';
import {
  genericDelivery,
  post,
  radarrDelivery,
  SECRETS,
  serverDelivery,
  statusDelivery,
  webhookSettings,
} from './support/webhooks';

let stage: Stage;
let mongo: EmbeddedDatabase;
let installation: Installation;
let apiUrl: string;
const startMongo = async (port: number) =>
  startEmbeddedDatabase({ dataDir: join(stage.folder, 'mongo'), port, log: () => undefined });

beforeAll(async () => {
  stage = await openStage({ titles: 20 });
  mongo = await startMongo(0);
  installation = await Installation.open(stage, {
    MONGODB_URI: mongo.uri,
    ...(await webhookSettings(stage)),
    SYNC_SCHEDULE_SCAN: 'off',
  });
  [{ value: apiUrl }] = await Promise.all([installation.startApi(), installation.startWorker()]);
  expect(await installation.scan()).toMatchObject({ status: 'done' });
});
afterAll(async () => {
  await installation.close();
  await mongo.close();
  await stage.close();
});

const ready = async () => (await fetch(`${apiUrl}/health/ready`)).status;

async function titleOf(folder: string): Promise<unknown> {
  return (await installation.database.movies.findByOriginalTitle(folder))?.['title'];
}

/** What the jobs know that keep deliveries until MongoDB is back. */
async function waitingDeliveries(installation: Installation): Promise<readonly unknown[]> {
  return installation.withQueues(async ({ scans }) => {
    const jobs = await scans.getJobs(['prioritized', 'delayed', 'active', 'waiting']);
    return jobs.filter(({ name }) => name === 'webhook.store').map((job) => job.data as unknown);
  });
}

test('MongoDB is stopped: every kind of webhook is accepted, and done when it is back; without Redis too it is 503', async () => {
  const [alpha, beta] = stage.servers;
  const { port } = mongo;
  await mongo.close();
  await waitFor(async () => (await ready()) === 503, { message: 'the API to notice' });

  await alpha.control.library.editMetadata('1923', { title: 'While MongoDB Was Away' });
  const sync = await post(apiUrl, serverDelivery(alpha.webhookId));
  expect(sync).toMatchObject({ status: 202, answer: { started: true, deliveryId: expect.any(String) } });

  const signed = genericDelivery({ movies: ['100% Wolf'], force: true }, 'during-the-outage');
  const named = await post(apiUrl, signed);
  expect(named).toMatchObject({ status: 202, answer: { status: 'accepted' } });
  expect(await post(apiUrl, signed)).toMatchObject({
    status: 409,
    answer: { code: 'WEBHOOK_REPLAYED' },
  });

  const grab = await post(apiUrl, radarrDelivery({ eventType: 'Grab' }));
  expect(grab).toMatchObject({ status: 200, answer: { status: 'ignored' } });
  const download = await post(
    apiUrl,
    radarrDelivery({ eventType: 'Download', movie: { folderPath: '/media/movies/1923' } }),
  );
  expect(download).toMatchObject({ status: 202, answer: { titles: ['1923'] } });
  const critical = await post(apiUrl, statusDelivery(beta.webhookId, 'critical'));
  expect(critical).toMatchObject({ status: 200, answer: { success: true, serverId: 'server2' } });
  // What is refused is refused all the same.
  expect(await post(apiUrl, serverDelivery('nobody'))).toMatchObject({
    status: 401,
  });

  const waiting = await waitingDeliveries(installation);
  expect(waiting).toHaveLength(5);
  const data = JSON.stringify(waiting);
  expect(data).not.toMatch(SECRETS);
  for (const { webhookId } of stage.servers) expect(data).not.toContain(webhookId);

  await stage.redis.kill('SIGTERM');
  const refused = await waitFor(
    async () => {
      const { status, retryAfter, answer } = await post(apiUrl, serverDelivery(alpha.webhookId));
      return status === 503 && { retryAfter, answer };
    },
    { message: 'a webhook to be refused' },
  );
  expect(refused).toMatchObject({ retryAfter: '10', answer: { success: false } });
  await stage.redis.restart();
  mongo = await startMongo(port);

  const { deliveries, runs, serverHolds } = installation.database;
  const ids = [sync, named, grab, download].map(({ answer }) => String(answer['deliveryId']));
  const lines = await waitFor(
    async () => {
      const found = await Promise.all(ids.map((id) => deliveries.get(id)));
      return found.every((line) => line !== null && !line.pending) && found;
    },
    {
      timeoutMs: 60_000,
      message: () => `the deliveries to be taken in; log: ${installation.log().slice(-3000)}`,
    },
  );
  expect(lines.map((line) => [line?.endpoint, line?.outcome, line?.runIds.length])).toEqual([
    ['sync', 'accepted', 1],
    ['generic', 'accepted', 1],
    ['radarr', 'ignored', 0],
    ['radarr', 'accepted', 1],
  ]);
  const runIds = lines.flatMap((line) => line?.runIds ?? []);
  await waitFor(
    async () => (await Promise.all(runIds.map((id) => runs.get(id)))).every((run) => run?.status === 'done'),
    { timeoutMs: 60_000, message: () => `the runs to be done; log: ${installation.log().slice(-3000)}` },
  );
  await waitFor(async () => (await titleOf('1923')) === 'While MongoDB Was Away');
  expect(await serverHolds.find('server2', new Date())).not.toBeNull();
  // For up to 5 s the API still leaves deliveries to the queue: a repetition is known there when it is taken in.
  await waitFor(async () => (await post(apiUrl, signed)).status === 409, {
    message: 'the API to refuse the repetition',
  });
  await waitFor(async () => (await waitingDeliveries(installation)).length === 0, {
    message: 'the repetitions to be taken in',
  });
  const generic = (await deliveries.list({ limit: 1000 })).filter(({ endpoint }) => endpoint === 'generic');
  expect(generic.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
  expect(await installation.compare()).toMatchObject(EQUAL);
}, 180_000);
