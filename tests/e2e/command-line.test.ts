import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { waitFor } from '../support';
import { EQUAL, Installation, printedRun } from './support/installation';
import { openStage, type Stage } from './support/stage';

/** Names that shells, URLs, MongoDB, JSON and spreadsheets treat in their own ways. */
const AWKWARD = [
  'Fast & Furious #1 - Test',
  '100% Wolf',
  'Half%20Encoded',
  'He Said "Stop" \\ Go?',
  '$where',
  '__proto__',
  '1923',
  '千と千尋の神隠し',
  '🎬 Clapper',
  'Amélie (2001)'.normalize('NFC'),
  'Amélie (2001)'.normalize('NFD'),
];

let stage: Stage;
let installation: Installation;
let titles: number;
beforeAll(async () => {
  stage = await openStage({ titles: 40 });
  installation = await Installation.open(stage);
  titles = installation.expected().size;
  await installation.startWorker();
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

test('scan --no-wait answers with the run at once; scan --json waits and prints one object, nothing else', async () => {
  const started = await installation.cli(['scan', '--no-wait', '--json']);
  expect(started).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(started.stdout)).toEqual({
    runId: expect.stringMatching(/^[0-9a-f]{24}$/),
    status: 'created',
  });

  const { code, stdout, stderr } = await installation.cli(['scan', '--json']);
  expect(lines(stdout)).toHaveLength(1);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'done', failed: 0 });
  expect([code, stderr]).toEqual([0, '']);
  expect(await installation.compare()).toMatchObject(EQUAL);
});

test('decision 0033: a server behind a gap is left out, and every command says so on stderr', async () => {
  const settings = { NODE_SERVER_URL_4: 'http://127.0.0.1:1/node' };
  const { code, stdout, stderr } = await installation.cli(['status', '--json'], { settings });
  expect(stderr).toBe(
    'Warning: NODE_SERVER_URL_4: ignored, because NODE_SERVER_URL_3 is missing; there is no server4\n',
  );
  expect(JSON.parse(stdout)).toMatchObject({ servers: [{ id: 'default' }, { id: 'server2' }] });
  expect(code).toBe(0);
});

test('scan reads only the servers that are named, and refuses one that is not configured', async () => {
  expect(printedRun(await installation.cli(['scan', '--json', '--server', 'server2']))).toMatchObject({
    servers: [{ serverId: 'server2', status: 'not-modified' }],
  });
  const { code, stdout, stderr } = await installation.cli(['scan', '--json', '--server', 'unknown']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('SERVER_NOT_CONFIGURED');
  expect(stderr).toContain('unknown. Configured: default, server2');
});

test('enqueue movies takes titles byte for byte, as arguments, from a file and from standard input', async () => {
  const expected = { status: 'done', planned: AWKWARD.length, unchanged: AWKWARD.length, failed: 0 };
  const list = `${AWKWARD.join('\n')}\n`;
  const file = join(stage.folder, 'titles.txt');
  await writeFile(file, list.replaceAll('\n', '\r\n'));
  const results = await Promise.all([
    installation.cli(['enqueue', 'movies', '--json', '--', ...AWKWARD]),
    installation.cli(['enqueue', 'movies', '--json', '--file', file]),
    installation.cli(['enqueue', 'movies', '--json', '--file', '-'], { input: list }),
  ]);
  for (const result of results) {
    expect(printedRun(result)).toMatchObject(expected);
    expect(result.code).toBe(0);
  }
});

test('titles of a file that no server lists are named, the first few of many', async () => {
  const file = join(stage.folder, 'unknown.txt');
  const enqueue = async (titles: readonly string[]) => {
    await writeFile(file, titles.join('\n'));
    return installation.cli(['enqueue', 'movies', '--dry-run', '--json', '--file', file]);
  };
  expect(await enqueue(['1923', 'No Such Film'])).toMatchObject({
    code: 1,
    stderr: "1 title is listed by no server: 'No Such Film'\n",
  });
  // More than one step takes.
  const { code, stdout, stderr } = await enqueue(
    Array.from({ length: 1200 }, (_, index) => `No Film ${index}`),
  );
  const named = Array.from({ length: 10 }, (_, index) => `No Film ${index}`);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ unknown: 1200, unknownTitles: named });
  expect(stderr).toMatch(/^1200 titles are listed by no server: 'No Film 0', .*'No Film 9' and 1190 more$/m);
});

test('enqueue movies --all takes every title, --force applies it again with the same result', async () => {
  expect(printedRun(await installation.cli(['enqueue', 'movies', '--all', '--json']))).toMatchObject({
    planned: titles,
    unchanged: titles,
  });
  expect(
    printedRun(await installation.cli(['enqueue', 'movies', '--all', '--force', '--json'])),
  ).toMatchObject({
    planned: titles,
    failed: 0,
  });
  expect(await installation.compare()).toMatchObject(EQUAL);
});

test('a title that no server lists: the run ends with one failure and its code, exit code 1', async () => {
  const result = await installation.cli(['enqueue', 'movies', 'No Such Film', '1923', '--json']);
  expect(printedRun(result)).toMatchObject({ status: 'done', planned: 2, unchanged: 1, failed: 1 });
  expect(result.code).toBe(1);
});

test('enqueue movies wants titles from exactly one place', async () => {
  const { code, stdout, stderr } = await installation.cli(['enqueue', 'movies', '1923', '--all']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('ARGUMENTS_INVALID');
});

test('status --json: queues, servers, catalogue and latest runs', async () => {
  const { code, stdout, stderr } = await installation.cli(['status', '--json']);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({
    queues: { movies: { waiting: 0, active: 0 }, scans: { waiting: 0, active: 0 } },
    servers: [
      { id: 'default', enabled: true, priority: 1, lastProblem: null },
      { id: 'server2', enabled: true, priority: 2, lastProblem: null },
    ],
    catalogue: { movies: titles },
    runs: expect.arrayContaining([expect.objectContaining({ trigger: 'cli', status: 'done' })]),
  });
});

test('Ctrl-C ends a waiting command with the exit code of shells; the work goes on', async () => {
  const { faults } = stage.servers[0].control;
  await faults.setLatency(500);
  const latest = async () => (await installation.database.runs.list({ limit: 1 }))[0];
  const before = await latest();
  const { child, finished } = installation.startCli(['scan', '--full']);
  const run = await waitFor(async () => {
    const candidate = await latest();
    return candidate?.id !== before?.id && candidate?.status === 'running' ? candidate : null;
  });
  child.kill('SIGINT');
  expect(await finished).toEqual({ code: 130, stdout: '', stderr: expect.stringContaining('Interrupted.') });
  await faults.clear();
  const ended = await waitFor(async () => {
    const current = await installation.database.runs.get(run.id);
    return current?.status === 'done' && current;
  });
  expect(ended.counts).toMatchObject({ planned: titles, unchanged: titles });
});

test('--version says which version it is', async () => {
  const manifest = await readFile(join(__dirname, '../../apps/cli/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  expect(await installation.cli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('config prints the settings on stdout, and what is probably not meant on stderr', async () => {
  const file = join(stage.folder, 'servers.yaml');
  await writeFile(file, 'servers: [{ id: other, baseUrl: http://127.0.0.1, nodeUrl: http://127.0.0.1 }]\n');
  const { code, stdout, stderr } = await installation.cli(['config'], {
    settings: { REELSYNC_CONFIG: file },
  });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ servers: [{ id: 'other' }] });
  // The environment of the installation lists servers as well.
  expect(stderr).toMatch(/^Warning: servers\.yaml: its servers are used; .* are ignored$/m);
});

test('a command that waits for MongoDB says so, without credentials', async () => {
  const settings = {
    MONGODB_URI: 'mongodb://someone:hidden-password@127.0.0.1:1/?authSource=admin',
    MONGODB_SERVER_SELECTION_TIMEOUT_MS: '3000',
  };
  const { code, stdout, stderr } = await installation.cli(['status', '--json'], { settings });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^Waiting for MongoDB at .*@127\.0\.0\.1:1.*\nDATABASE_UNAVAILABLE: /);
  expect(stderr).not.toMatch(/hidden|someone/);
});

test.each([
  ['QUEUE_UNAVAILABLE', { REDIS_URL: 'redis://127.0.0.1:1' }],
  [
    'DATABASE_UNAVAILABLE',
    { MONGODB_URI: 'mongodb://127.0.0.1:1', MONGODB_SERVER_SELECTION_TIMEOUT_MS: '300' },
  ],
])('when a service cannot be reached a command ends with %s', async (code, settings) => {
  const result = await installation.cli(['scan', '--json'], { settings });
  expect([result.code, result.stdout]).toEqual([1, '']);
  expect(result.stderr).toContain(code);
});
