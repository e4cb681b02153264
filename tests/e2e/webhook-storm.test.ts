import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SECRET, signatureHeaders } from '../../apps/api/test/webhook-senders';
import { RADARR_EVENTS, SONARR_EVENTS } from '../../packages/sync/test/webhooks/fixtures/arr-events';
import { waitFor } from '../support';
import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';

const SOURCES = [
  { id: 'movies', kind: 'radarr', secret: 'radarr-secret', roots: ['/media/movies'] },
  { id: 'tv', kind: 'sonarr', secret: 'sonarr-secret', roots: ['/media/tv'] },
];

let stage: Stage;
let installation: Installation;
let apis: readonly string[];
beforeAll(async () => {
  stage = await openStage({ titles: 20 });
  const configuration = join(stage.folder, 'reelsync.config.json');
  await writeFile(configuration, JSON.stringify({ webhooks: { secret: SECRET, sources: SOURCES } }));
  installation = await Installation.open(stage, {
    REELSYNC_CONFIG: configuration,
    // The servers will never list what Radarr and Sonarr tell of here: those runs end as failed, soon.
    SYNC_TITLE_WATCH_LIMIT_MS: '1000',
  });
  const started = await Promise.all([installation.startApi(), installation.startApi()]);
  apis = started.map(({ value }) => value);
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

interface Delivery {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

let sent = 0;

/** One of each kind in turn. */
function nextDelivery(): Delivery {
  sent += 1;
  const generic = JSON.stringify({ movies: ['1923'] });
  const kinds: readonly Delivery[] = [
    {
      path: '/api/authenticated/admin/sync',
      headers: { 'X-Webhook-ID': stage.servers[sent % 2 === 0 ? 0 : 1].webhookId },
      body: '{}',
    },
    {
      path: '/webhooks/radarr/movies',
      headers: { 'X-Webhook-Secret': 'radarr-secret' },
      body: JSON.stringify(RADARR_EVENTS.get('Download')),
    },
    {
      path: '/webhooks/sonarr/tv',
      headers: { 'X-Webhook-Secret': 'sonarr-secret' },
      body: JSON.stringify(SONARR_EVENTS.get('Download of a file')),
    },
    {
      path: '/webhooks/sync',
      headers: signatureHeaders(generic, { at: new Date(), deliveryId: `storm-${sent}` }),
      body: generic,
    },
  ];
  const [first] = kinds;
  const delivery = kinds[sent % kinds.length] ?? first;
  if (delivery === undefined) throw new Error('no kind of delivery');
  return delivery;
}

/** Returns the delivery's id; every delivery has to be accepted, whatever is going on. */
async function deliver({ path, headers, body }: Delivery, api = apis[sent % apis.length]): Promise<string> {
  const response = await fetch(`${api}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect([response.status, answer]).toEqual([
    202,
    expect.objectContaining({ deliveryId: expect.any(String) }),
  ]);
  return String(answer['deliveryId']);
}

async function storm(deliveries: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < deliveries)
    ids.push(...(await Promise.all(Array.from({ length: 4 }, () => deliver(nextDelivery())))));
  return ids;
}

async function medianAnswerMs(deliveries: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < deliveries; i += 1) {
    const delivery = nextDelivery();
    const sentAt = performance.now();
    await deliver(delivery);
    times.push(performance.now() - sentAt);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? 0;
}

test('an answer takes no longer when thousands of jobs wait', async () => {
  await medianAnswerMs(20);
  const idle = await medianAnswerMs(60);
  await installation.withQueues(async ({ movies }) => {
    for (let chunk = 0; chunk < 5; chunk += 1) {
      await movies.addBulk(
        Array.from({ length: 1000 }, (_, i) => ({
          name: 'movie.sync',
          data: { v: 1, title: `Waiting ${chunk}-${i}` },
          opts: { priority: 50, deduplication: { id: `movie/Waiting ${chunk}-${i}` } },
        })),
      );
    }
    const busy = await medianAnswerMs(60);
    expect(await movies.getPrioritizedCount()).toBeGreaterThanOrEqual(5000);
    // By ratio, with room for a busy machine: a cost that grows with the queue would be far beyond it.
    expect(busy).toBeLessThan(idle * 5);
    await movies.obliterate({ force: true });
  });
});

test('Redis is stopped during a storm of webhooks of every kind: none is lost, and each ends in a run that ends', async () => {
  await installation.startWorker();
  const { deliveries, runs } = installation.database;
  const ready = async () => Promise.all(apis.map(async (api) => (await fetch(`${api}/health/ready`)).status));
  await waitFor(async () => (await deliveries.countPending()) === 0, { message: 'earlier deliveries' });

  const ids = await storm(20);
  // Without a pause between the last delivery and the end of Redis: some are on their way to the queue.
  const [, ...during] = await Promise.all([stage.redis.kill('SIGTERM'), storm(20), storm(20)]);
  await waitFor(async () => (await ready()).every((status) => status === 503), {
    message: 'both APIs to notice',
  });
  during.push(await storm(40));
  expect(await deliveries.countPending()).toBeGreaterThanOrEqual(40);
  await stage.redis.restart();
  ids.push(...during.flat(), ...(await storm(20)));

  await waitFor(async () => (await deliveries.countPending()) === 0, {
    timeoutMs: 25_000,
    message: () => `the inbox to be empty; log: ${installation.log().slice(-3000)}`,
  });
  const lines = await Promise.all(ids.map((id) => deliveries.get(id)));
  expect(lines.map((line) => [line?.outcome, (line?.runIds.length ?? 0) > 0])).toEqual(
    ids.map(() => ['accepted', true]),
  );
  const runIds = lines.flatMap((line) => line?.runIds ?? []);
  const states = async () => Promise.all(runIds.map(async (id) => runs.get(id)));
  await waitFor(async () => (await states()).every((run) => run !== null && run.status !== 'running'), {
    timeoutMs: 90_000,
    message: () => `all runs to end; log: ${installation.log().slice(-3000)}`,
  });
  const unanswered = (await states()).filter((run) => run?.status !== 'done');
  for (const run of unanswered) {
    expect(run?.scope.kind).toBe('title-until-listed');
    expect(['CHANGE_NOT_LISTED', 'RUN_SUPERSEDED']).toContain(run?.error?.code);
  }
}, 180_000);

test('a second delivery with a known id is refused by the other process too', async () => {
  const [first, second] = apis;
  const body = '{"movies":["1923"]}';
  const headers = signatureHeaders(body, { at: new Date(), deliveryId: 'twice' });
  await deliver({ path: '/webhooks/sync', headers, body }, first);
  const again = await fetch(`${second}/webhooks/sync`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
  expect([again.status, await again.json()]).toEqual([
    409,
    expect.objectContaining({ code: 'WEBHOOK_REPLAYED' }),
  ]);
});

test('`reelsync webhooks log` tells of each, as a table and as JSON', async () => {
  await fetch(`${apis[0]}/webhooks/radarr/movies`, { method: 'POST', body: '{}' });
  await waitFor(
    async () => (await installation.database.deliveries.list({ limit: 5, outcome: 'rejected' })).length > 0,
  );
  const { code, stdout } = await installation.cli(['webhooks', 'log', '--json', '--limit', '500']);
  expect(code).toBe(0);
  const log = JSON.parse(stdout) as { endpoint: string; outcome: string }[];
  expect(new Set(log.map(({ endpoint }) => endpoint))).toEqual(
    new Set(['sync', 'radarr', 'sonarr', 'generic']),
  );
  expect(new Set(log.map(({ outcome }) => outcome))).toEqual(new Set(['accepted', 'duplicate', 'rejected']));
  expect(stdout).not.toMatch(/radarr-secret|sonarr-secret|a-secret-of/);

  const table = await installation.cli(['webhooks', 'log', '--outcome', 'rejected']);
  expect(table.stdout).toContain('rejected (WEBHOOK_UNAUTHORIZED)');
  expect(table.stdout).not.toContain('accepted');
});
