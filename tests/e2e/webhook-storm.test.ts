import { waitFor } from '../support';
import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';
import {
  deliver,
  deliveryInTurn,
  genericDelivery,
  post,
  SECRETS,
  webhookSettings,
  type Delivery,
} from './support/webhooks';

let stage: Stage;
let installation: Installation;
let apis: readonly string[];
beforeAll(async () => {
  stage = await openStage({ titles: 20 });
  installation = await Installation.open(stage, {
    ...(await webhookSettings(stage)),
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

let sent = 0;

function nextDelivery(): Delivery {
  sent += 1;
  return deliveryInTurn(stage, sent);
}

function sendNext(): Promise<string> {
  return deliver(apis[sent % apis.length] ?? '', nextDelivery());
}

async function storm(deliveries: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < deliveries) ids.push(...(await Promise.all(Array.from({ length: 4 }, sendNext))));
  return ids;
}

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
  const [first = '', second = ''] = apis;
  const delivery = genericDelivery({ movies: ['1923'] }, 'twice');
  await deliver(first, delivery);
  expect(await post(second, delivery)).toMatchObject({ status: 409, answer: { code: 'WEBHOOK_REPLAYED' } });
});

test('`reelsync webhooks log` tells of each, as a table and as JSON', async () => {
  await post(apis[0] ?? '', { path: '/webhooks/radarr/movies', headers: {}, body: '{}' });
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
  expect(stdout).not.toMatch(SECRETS);

  const table = await installation.cli(['webhooks', 'log', '--outcome', 'rejected']);
  expect(table.stdout).toContain('rejected (WEBHOOK_UNAUTHORIZED)');
  expect(table.stdout).not.toContain('accepted');
});
