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
const TRIGGERS = 100;
/** Of them: programs that a person starts. More would only keep the processors busy with starting. */
const COMMANDS = [
  ['scan'],
  ['scan', '--full'],
  ['scan', '--server', 'server2'],
  ['enqueue', 'movies', MOVIE],
  ['enqueue', 'movies', '100% Wolf', '--force'],
];
/** Jobs that have failed before, each for one trigger to retry. */
const RETRIES = 8;
/** A scan of a server reads its two listings side by side. */
const LISTINGS_OF_SCAN = 2;
/** On a busy machine. */
const END_MS = 60_000;

let stage: Stage;
let installation: Installation;
let apis: readonly string[];
let failedJobs: readonly string[];
beforeAll(async () => {
  stage = await openStage({ titles: 15, shows: 2 });
  installation = await Installation.open(stage, {
    ...(await webhookSettings(stage)),
    API_TOKENS: `triggers:${TOKEN}`,
    SYNC_LISTING_MAX_AGE_MS: '0',
    // The servers will never list what Radarr and Sonarr tell of here: those runs end as failed, soon.
    SYNC_TITLE_WATCH_LIMIT_MS: '1000',
    // Each server's scan ticks while the triggers come.
    SYNC_SCHEDULE_SCAN: '1s',
  });
  const [first, second] = await Promise.all([
    installation.startApi(),
    installation.startApi(),
    installation.startWorker(),
    installation.startWorker(),
  ]);
  apis = [first.value, second.value];
  expect(await installation.scan()).toMatchObject({ status: 'done' });
  failedJobs = await failJobs();
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

/** What a trigger answers with: a run, or a delivery whose runs are in the log. */
type Traces = { readonly runId: string } | { readonly deliveryId: string };

const clientOf = (url: string): ReelsyncClient => httpClient({ url, token: TOKEN });

async function failJobs(): Promise<readonly string[]> {
  const client = clientOf(apis[0] ?? '');
  const faults = stage.servers.map(({ control }) => control.faults);
  for (const each of faults) await each.add({ match: 'metadata', status: 400 });
  const titles = [...installation.expected().keys()].slice(0, RETRIES);
  const { runId } = await client.requestSync({ kind: 'movies', titles, force: true });
  await waitFor(async () => (await installation.database.runs.findRunning([runId])).size === 0, {
    timeoutMs: END_MS,
  });
  for (const each of faults) await each.clear();
  const { items } = await client.listFailedJobs({});
  expect(items.length).toBeGreaterThanOrEqual(RETRIES);
  return items.slice(0, RETRIES).map(({ id }) => id);
}

async function command(words: readonly string[]): Promise<Traces> {
  const { code, stdout, stderr } = await installation.cli([...words, '--no-wait', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as { runId: string };
}

async function retry(client: ReelsyncClient, jobId: string): Promise<Traces> {
  const { runIds } = await client.retryFailedJobs({ ids: [jobId] });
  return { runId: runIds[0] ?? '' };
}

async function bulk(client: ReelsyncClient): Promise<Traces> {
  const { id } = await client.openBulk({ domain: 'movies', source: 'titles' });
  await client.advanceBulk({ id, position: 0, titles: [MOVIE, '100% Wolf'] });
  const { runId = '' } = await client.finishBulk({ id });
  return { runId };
}

async function trigger(index: number): Promise<Traces> {
  const url = apis[index % 2] ?? '';
  const client = clientOf(url);
  const [alpha, beta] = stage.servers;
  const failedJob = failedJobs[index];
  if (failedJob !== undefined) return retry(client, failedJob);
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

/** Runs that schedules have asked for since then. */
async function ticksSince(begin: Date): Promise<readonly string[]> {
  const runs = await installation.database.runs.list({ limit: 1000 });
  return runs
    .filter(({ trigger, startedAt }) => trigger === 'schedule' && startedAt >= begin)
    .map(({ id }) => id);
}

/** The commands take a while to start: the others come when the first of them has asked. */
async function triggerAll(begin: Date): Promise<readonly Traces[]> {
  const commands = Promise.all(COMMANDS.map(command));
  const hasAsked = async () => {
    const runs = await installation.database.runs.list({ limit: 100 });
    return runs.some(({ trigger, startedAt }) => trigger === 'cli' && startedAt >= begin);
  };
  // Or all of them have ended, which says why none has asked.
  await Promise.race([commands, waitFor(hasAsked, { timeoutMs: END_MS })]);
  const others = Array.from({ length: TRIGGERS - COMMANDS.length }, (_, index) => trigger(index));
  return [...(await commands), ...(await Promise.all(others))];
}

test('OR-1, OR-2: 100 triggers of all kinds, two APIs and two workers: one scan of a server at a time, every run ends', async () => {
  const { deliveries, runs } = installation.database;
  for (const { control } of stage.servers) {
    await control.resetStats();
    // Long enough for two scans to meet.
    await control.faults.add({ match: 'listing', latencyMs: 50 });
  }
  const begin = new Date();
  const traces = await triggerAll(begin);
  await waitFor(async () => (await deliveries.countPending()) === 0, { message: 'the inbox to be empty' });
  const runIds = await Promise.all(
    traces.map(async (trace) => {
      if ('runId' in trace) return [trace.runId];
      return (await deliveries.get(trace.deliveryId))?.runIds ?? [];
    }),
  );
  // Every caller has a run, and a delivery that was merged has one of its own.
  expect(runIds.map((ids) => ids.length)).toEqual(traces.map(() => 1));
  const asked = runIds.flat();
  expect(new Set(asked).size).toBe(TRIGGERS);
  // The schedules' own ones come on top.
  const ticks = await waitFor(async () => {
    const found = await ticksSince(begin);
    return found.length > 0 && found;
  });
  const all = [...asked, ...ticks];
  await waitFor(async () => (await runs.findRunning(all)).size === 0, {
    timeoutMs: END_MS,
    message: () => `all runs to end; log: ${installation.log().slice(-3000)}`,
  });
  const ended = await runs.getMany(all);
  expect(ended).toHaveLength(all.length);
  expect(ended.map(({ status }) => status)).not.toContain('running');
  // Only those that wait for a title which no server ever lists may end in another way.
  const others = ended.filter(({ scope }) => scope.kind !== 'title-until-listed');
  expect(new Set(others.map(({ status }) => status))).toEqual(new Set(['done']));
  expect(new Set(ended.map(({ trigger }) => trigger))).toEqual(
    new Set(['cli', 'webhook', 'admin', 'schedule']),
  );
  for (const { control } of stage.servers) {
    const { listing } = (await control.stats()).classes;
    expect(listing.requests).toBeGreaterThan(0);
    expect(listing.maxConcurrent).toBeLessThanOrEqual(LISTINGS_OF_SCAN);
  }
}, 90_000);
