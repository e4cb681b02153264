import { PATHS } from '@reelsync/dev-installation';
import { waitFor } from '../support';
import { EQUAL, Installation } from './support/installation';
import { runProgram } from './support/run-program';
import { openStage, type Stage } from './support/stage';

let stage: Stage;
let installation: Installation;
let apiUrl: string;
beforeAll(async () => {
  stage = await openStage({ titles: 40 });
  installation = await Installation.open(stage);
  [{ value: apiUrl }] = await Promise.all([installation.startApi(), installation.startWorker()]);
  expect(await installation.scan()).toMatchObject({ status: 'done', created: installation.expected().size });
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

const alpha = () => stage.servers[0];

function deliver(headers: Record<string, string>, body = '{}'): Promise<Response> {
  return fetch(`${apiUrl}/api/authenticated/admin/sync`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
}

const authentic = (): Record<string, string> => ({ 'X-Webhook-ID': alpha().webhookId });

async function codeOf(response: Response): Promise<unknown> {
  const { code } = (await response.json()) as Record<string, unknown>;
  return [response.status, code];
}

async function openRuns(): Promise<number> {
  const runs = await installation.database.runs.list({ limit: 200 });
  return runs.filter(({ status }) => status === 'running').length;
}

async function inboxEmpty(): Promise<void> {
  await waitFor(async () => (await installation.database.deliveries.countPending()) === 0, {
    message: 'the inbox to be empty',
  });
}

async function allRunsEnded(): Promise<void> {
  await inboxEmpty();
  await waitFor(async () => (await openRuns()) === 0, { message: 'all runs to end' });
}

async function titleArrives(title: string, displayTitle: string): Promise<void> {
  await waitFor(
    async () => (await installation.database.movies.findByOriginalTitle(title))?.['title'] === displayTitle,
    { message: () => `'${displayTitle}' to arrive; log: ${installation.log().slice(-2000)}` },
  );
}

test('a change and the webhook of its server: 202 within milliseconds, and the change is in the catalogue', async () => {
  await alpha().control.library.editMetadata('1923', { title: 'Nineteen Twenty-Three' });
  await alpha().control.library.replacePoster('1923');
  expect(await alpha().control.sendSyncWebhook(apiUrl)).toBe(202);
  await titleArrives('1923', 'Nineteen Twenty-Three');
  await allRunsEnded();
  expect(await installation.compare()).toMatchObject(EQUAL);

  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const sentAt = performance.now();
    expect((await deliver(authentic())).status).toBe(202);
    times.push(performance.now() - sentAt);
  }
  expect(Math.min(...times)).toBeLessThan(100);
  await allRunsEnded();
});

test('what is not a webhook of a known server is refused, with a code of its own', async () => {
  expect(await codeOf(await deliver({ 'X-Webhook-ID': 'wrong' }))).toEqual([401, 'WEBHOOK_UNAUTHORIZED']);
  expect(await codeOf(await deliver({}))).toEqual([401, 'WEBHOOK_UNAUTHORIZED']);
  expect(await codeOf(await deliver(authentic(), '{"forceSync": '))).toEqual([400, 'WEBHOOK_BODY_INVALID']);
  const tenMegabytes = JSON.stringify({ filler: 'x'.repeat(10 * 1024 * 1024) });
  expect(await codeOf(await deliver(authentic(), tenMegabytes))).toEqual([413, 'WEBHOOK_BODY_TOO_LARGE']);
  expect(await openRuns()).toBe(0);
});

test('Scenario 12, OR-2: 50 webhooks at once lead to a few scans, and each of their runs ends', async () => {
  await alpha().control.resetStats();
  const responses = await Promise.all(Array.from({ length: 50 }, () => deliver(authentic())));
  expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 202));
  // An answer does not wait for its run; the delivery log names it.
  const deliveryIds = await Promise.all(
    responses.map(async (response) => ((await response.json()) as { deliveryId: string }).deliveryId),
  );
  await inboxEmpty();
  const deliveries = await Promise.all(deliveryIds.map((id) => installation.database.deliveries.get(id)));
  const ids = deliveries.flatMap((delivery) => delivery?.runIds ?? []);
  expect(new Set(ids).size).toBe(50);
  await allRunsEnded();
  const runs = await Promise.all(ids.map((id) => installation.database.runs.get(id)));
  expect(new Set(runs.map((run) => run?.status))).toEqual(new Set(['done']));
  const { classes } = await alpha().control.stats();
  const listingsOfServer = 2;
  // Those that arrive while one waits or runs share it; on a busy machine they arrive over seconds.
  expect(classes.listing.requests / listingsOfServer).toBeLessThanOrEqual(10);
});

test('a file server is down: the scan ends and says so, the titles of the other server are synced', async () => {
  const [, beta] = stage.servers;
  await beta.control.down();
  await alpha().control.library.editMetadata('100% Wolf', { title: 'One Hundred Percent' });
  const { code, stdout, stderr } = await installation.cli(['scan', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'done',
    planned: 1,
    updated: 1,
    servers: expect.arrayContaining([
      expect.objectContaining({ serverId: 'default', status: 'changed' }),
      expect.objectContaining({ serverId: 'server2', status: 'failed', code: 'SERVER_UNREACHABLE' }),
    ]),
  });
  expect(stderr).toContain('server2: SERVER_UNREACHABLE');
  expect(code).toBe(1);
  // AV-4: what the absent server held stays its own.
  expect(await installation.compare()).toMatchObject(EQUAL);
  await beta.control.up();
  expect(await installation.scan()).toMatchObject({
    planned: 0,
    servers: [{ status: 'not-modified' }, { status: 'not-modified' }],
  });
});

test('Redis stops and returns: not ready meanwhile, yet a webhook is accepted, and done afterwards', async () => {
  const ready = async () => (await fetch(`${apiUrl}/health/ready`)).status;
  expect(await ready()).toBe(200);
  await stage.redis.kill();
  try {
    await waitFor(async () => (await ready()) === 503, { message: 'the API to be not ready' });
    expect((await fetch(`${apiUrl}/health/live`)).status).toBe(200);
    await alpha().control.library.editMetadata('1923', { title: 'During the Outage' });
    expect(await alpha().control.sendSyncWebhook(apiUrl)).toBe(202);
    expect(await installation.database.deliveries.countPending()).toBe(1);
    expect(await openRuns()).toBe(0);
  } finally {
    await stage.redis.restart();
  }
  await waitFor(async () => (await ready()) === 200, { message: 'the API to be ready again' });
  await titleArrives('1923', 'During the Outage');
  await allRunsEnded();
});

test.each(['api', 'worker', 'cli'] as const)(
  '%s with wrong settings: exit code 2, each of them named, no value shown',
  async (app) => {
    const { code, stdout, stderr } = await runProgram(PATHS[app], app === 'cli' ? ['status'] : [], {
      cwd: stage.folder,
      env: {
        PATH: process.env['PATH'],
        MONGODB_URI: 'mongo://user:hunter2@db',
        REDIS_URL: 'hunter3',
        SYNC_CONCURRENCY: 'many',
        NODE_SERVER_URL_2: 'http://beta.lan/node',
        WEBHOOK_ID_2: 'hunter4',
        API_ADMIN_PASSWORD: 'hunter5',
      },
    }).finished;
    expect(code).toBe(2);
    for (const name of [
      'MONGODB_URI',
      'REDIS_URL',
      'SYNC_CONCURRENCY',
      'FILE_SERVER_URL_2',
      'API_ADMIN_PASSWORD',
    ]) {
      expect(stderr).toContain(name);
    }
    expect(stdout + stderr).not.toContain('hunter');
  },
);
