import { httpClient, type ReelsyncClient } from '@reelsync/admin';
import { RADARR_EVENTS, SONARR_EVENTS } from '../../packages/sync/test/webhooks/fixtures/arr-events';
import { waitFor } from '../support';
import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';
import {
  deliver,
  genericDelivery,
  radarrDelivery,
  serverDelivery,
  sonarrDelivery,
  webhookSettings,
} from './support/webhooks';

const TOKEN = 'a-token-of-these-triggers-0123456789';
const MOVIE = '1923';
/** A scan of a server reads its two listings side by side. */
const LISTINGS_OF_SCAN = 2;

let stage: Stage;
let installation: Installation;
let apis: readonly string[];
beforeAll(async () => {
  stage = await openStage({ titles: 15, shows: 2 });
  installation = await Installation.open(stage, {
    ...(await webhookSettings(stage)),
    API_TOKENS: `triggers:${TOKEN}`,
    SYNC_LISTING_MAX_AGE_MS: '0',
    // The servers will never list what Radarr and Sonarr tell of here: those runs end as failed, soon.
    SYNC_TITLE_WATCH_LIMIT_MS: '1000',
  });
  const [first, second] = await Promise.all([
    installation.startApi(),
    installation.startApi(),
    installation.startWorker(),
    installation.startWorker(),
  ]);
  apis = [first.value, second.value];
  expect(await installation.scan()).toMatchObject({ status: 'done' });
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

/** What a trigger answers with: a run, or a delivery whose runs are in the log. */
type Traces = { readonly runId: string } | { readonly deliveryId: string };

async function bulk(client: ReelsyncClient): Promise<Traces> {
  const { id } = await client.openBulk({ domain: 'movies', source: 'titles' });
  await client.advanceBulk({ id, position: 0, titles: [MOVIE, '100% Wolf'] });
  const { runId = '' } = await client.finishBulk({ id });
  return { runId };
}

async function trigger(index: number): Promise<Traces> {
  const url = apis[index % 2] ?? '';
  const client = httpClient({ url, token: TOKEN });
  const [alpha, beta] = stage.servers;
  // Ten kinds, each at both APIs in turn.
  switch (Math.floor(index / 2) % 10) {
    case 0:
      return { deliveryId: await deliver(url, serverDelivery(alpha.webhookId)) };
    case 1:
      return { deliveryId: await deliver(url, serverDelivery(beta.webhookId)) };
    case 2:
      return { deliveryId: await deliver(url, radarrDelivery(RADARR_EVENTS.get('Download'))) };
    case 3:
      return { deliveryId: await deliver(url, sonarrDelivery(SONARR_EVENTS.get('Download of a file'))) };
    case 4: {
      // Bodies differ, because the same one signed twice within a second is a replay.
      const movies = [MOVIE, `No such film ${index}`];
      return { deliveryId: await deliver(url, genericDelivery({ movies }, `trigger-${index}`)) };
    }
    case 5:
      return client.requestSync({ kind: 'scan', full: true });
    case 6:
      return client.requestSync({ kind: 'movies', titles: [MOVIE] });
    case 7:
      return client.requestSync({ kind: 'seasons', titles: ['Breaking Point'] });
    case 8:
      return client.runSchedule({ schedule: 'scan/default' });
    default:
      return bulk(client);
  }
}

test('OR-1, OR-2: 100 triggers of all kinds, two APIs and two workers: one scan of a server at a time, every run ends', async () => {
  const { deliveries, runs } = installation.database;
  for (const { control } of stage.servers) {
    await control.resetStats();
    // Long enough for two scans to meet.
    await control.faults.add({ match: 'listing', latencyMs: 50 });
  }
  const traces = await Promise.all(Array.from({ length: 100 }, (_, index) => trigger(index)));
  await waitFor(async () => (await deliveries.countPending()) === 0, { message: 'the inbox to be empty' });
  const runIds = await Promise.all(
    traces.map(async (trace) => {
      if ('runId' in trace) return [trace.runId];
      return (await deliveries.get(trace.deliveryId))?.runIds ?? [];
    }),
  );
  // Every caller has a run, and a delivery that was merged has one of its own.
  expect(runIds.map((ids) => ids.length)).toEqual(traces.map(() => 1));
  const all = runIds.flat();
  expect(new Set(all).size).toBe(traces.length);
  await waitFor(async () => (await runs.findRunning(all)).size === 0, {
    timeoutMs: 60_000,
    message: () => `all runs to end; log: ${installation.log().slice(-3000)}`,
  });
  const ended = await Promise.all(all.map((id) => runs.get(id)));
  expect(ended.map((run) => run?.status)).not.toContain('running');
  // Only those that wait for a title which no server ever lists may end in another way.
  const others = ended.filter((run) => run?.scope.kind !== 'title-until-listed');
  expect(new Set(others.map((run) => run?.status))).toEqual(new Set(['done']));
  for (const { control } of stage.servers) {
    const { listing } = (await control.stats()).classes;
    expect(listing.requests).toBeGreaterThan(0);
    expect(listing.maxConcurrent).toBeLessThanOrEqual(LISTINGS_OF_SCAN);
  }
}, 90_000);
