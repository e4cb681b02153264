import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { waitFor } from '../support';
import { Installation, printedRun } from './support/installation';
import { openStage, type Stage } from './support/stage';
import { actorOf, CLI_TOKEN, cliBy, CLI_TOKEN_SETTINGS, WAYS } from './support/ways';

/** Five processes on a busy machine. */
const START_MS = 120_000;
jest.setTimeout(START_MS);

let stage: Stage;
let installation: Installation;
let url: string;
beforeAll(async () => {
  stage = await openStage({ titles: 20 });
  installation = await Installation.open(stage, CLI_TOKEN_SETTINGS);
  await installation.startWorker();
  url = (await installation.startApi()).value;
  await installation.scan();
}, START_MS);
afterAll(async () => {
  await installation.close();
  await stage.close();
});

describe.each(WAYS)('%s', (way) => {
  const cli = (args: readonly string[]) => cliBy(way, { installation, url }, args);
  const json = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await cli([...args, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  test('scan, enqueue and status', async () => {
    expect(printedRun(await cli(['scan', '--json']))).toMatchObject({ status: 'done', planned: 0 });
    expect(printedRun(await cli(['enqueue', 'movies', '1923', '--json']))).toMatchObject({ planned: 1 });
    const file = join(stage.folder, `titles ${way}.txt`);
    await writeFile(file, '1923\n100% Wolf\n');
    expect(printedRun(await cli(['enqueue', 'movies', '--file', file, '--json']))).toMatchObject({
      status: 'done',
      planned: 2,
    });
    expect(await json(['enqueue', 'movies', '--file', file, '--dry-run'])).toMatchObject({ planned: 2 });
    expect(await json(['status'])).toMatchObject({
      queues: { movies: { waiting: 0 } },
      servers: [{ id: 'default', lastProblem: null, leftAlone: false }, { id: 'server2' }],
    });
  });

  test('status: a server that is held back, and when its listings were last in step (contract §7.2)', async () => {
    const { serverHolds, listings } = installation.database;
    await serverHolds.hold('server2', new Date(), new Date(Date.now() + 600_000));
    // Nothing has changed since: only that is noted.
    const before = (await json(['status']))['servers'] as { listingsChecked: string }[];
    await cli(['scan', '--json']);
    const { servers } = await json(['status']);
    expect(servers).toMatchObject([
      { id: 'default', heldBack: null },
      { id: 'server2', heldBack: { reason: 'critical', until: expect.any(String) } },
    ]);
    const states = await Promise.all(
      (['movies', 'tv'] as const).map((kind) => listings.load('default', kind)),
    );
    const [checked = ''] = (servers as typeof before).map(({ listingsChecked }) => listingsChecked);
    expect(checked).toBe(states.map((state) => state?.checkedAt?.toISOString()).sort()[0]);
    expect(checked > (before[0]?.listingsChecked ?? '')).toBe(true);
    expect((await cli(['status'])).stdout).toContain('critical, until 20');
    await serverHolds.release('server2');
  });

  test('a title that failed is listed, retried with its reason mended, and one is discarded', async () => {
    const { faults } = stage.servers[0].control;
    await faults.add({ match: 'metadata', status: 400 });
    await cli(['enqueue', 'movies', '1923', '100% Wolf', '--force', '--json']);
    await faults.clear();
    // A run ends a moment before its last job stands among the failed ones.
    await installation.withQueues((queues) =>
      waitFor(async () => (await queues.movies.getFailedCount()) === 2),
    );
    const failed = await json(['failed', '--code', 'SERVER_REJECTED', '--server', 'default']);
    expect((failed['items'] as { label: string }[]).map(({ label }) => label).sort()).toEqual([
      '100% Wolf',
      '1923',
    ]);
    expect(await json(['retry', '--title', '1923'])).toMatchObject({ matched: 1, retried: 1 });
    // It has run again, and well.
    await installation.withQueues((queues) =>
      waitFor(async () => {
        const { active, prioritized } = await queues.movies.getJobCounts('active', 'prioritized');
        return active === 0 && prioritized === 0;
      }),
    );
    expect(await json(['failed', '--title', '1923'])).toEqual({ items: [] });
    expect(await json(['discard', '--all'])).toEqual({
      matched: 1,
      discarded: 1,
      gone: 0,
      unknownIds: [],
    });
    const [discarded, retried] = await installation.database.audit.list({ limit: 2 });
    expect([retried?.action, discarded?.action]).toEqual(['failed-jobs.retry', 'failed-jobs.discard']);
    expect([retried?.actor, discarded?.actor]).toMatchObject([actorOf(way), actorOf(way)]);
  });

  test('retry and discard want ids, conditions or --all; an id that is not there is exit code 1', async () => {
    for (const args of [['retry'], ['discard'], ['retry', '--all', '--title', 'x']])
      expect(await cli(args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('ARGUMENTS_INVALID'),
      });
    for (const command of ['retry', 'discard'])
      expect(await cli([command, 'no-such-job', '--json'])).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('"unknownIds":["no-such-job"]'),
        stderr: "There is no failed job with the id 'no-such-job'.\n",
      });
  });

  test('the log of webhooks is shown', async () => {
    await installation.database.deliveries.reject(
      { endpoint: 'radarr', receivedAt: new Date() },
      { code: 'WEBHOOK_UNAUTHORIZED', message: 'nobody known' },
    );
    const [latest]: unknown[] = JSON.parse(
      (await cli(['webhooks', 'log', '--outcome', 'rejected', '--json'])).stdout,
    );
    expect(latest).toMatchObject({ endpoint: 'radarr', code: 'WEBHOOK_UNAUTHORIZED', runIds: [] });
    expect((await cli(['webhooks', 'log'])).stdout).toContain('nobody known');
  });

  test('queues are shown, paused, limited and resumed', async () => {
    expect(await json(['queues', 'pause', 'shows'])).toMatchObject({ name: 'shows', paused: true });
    expect(await json(['queues', 'limit', 'shows', '3'])).toMatchObject({ concurrency: 3 });
    expect(await json(['queues', 'limit', 'shows', 'none'])).toMatchObject({ concurrency: null });
    expect(await json(['queues', 'resume', 'shows'])).toMatchObject({ paused: false });
    expect((await cli(['queues'])).stdout).toContain('scans');
  });
});

test.each([
  ['no token', ['--url', 'http://127.0.0.1:1'], 2, 'ARGUMENTS_INVALID'],
  ['nobody there', ['--url', 'http://127.0.0.1:1', '--token', CLI_TOKEN], 1, 'API_UNREACHABLE'],
  ['no address', ['--url', 'nowhere', '--token', CLI_TOKEN], 2, 'ARGUMENTS_INVALID'],
])('%s', async (_name, args, code, text) => {
  const result = await installation.cli(['queues', ...args]);
  expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(text) });
});

test('a wrong token is refused with its code', async () => {
  const result = await installation.cli(['queues', '--url', url, '--token', 'x'.repeat(30)]);
  expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('TOKEN_INVALID') });
});
