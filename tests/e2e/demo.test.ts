import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectDatabase } from '@reelsync/database';
import { startEmbeddedDatabase, startPrivateRedis } from '@reelsync/dev-services';
import { createRedisConnection } from '@reelsync/queue';
import { buildLibraries, expectedTv, type ExpectedTv } from '@reelsync/sample-library';

import { PATHS } from '@reelsync/dev-installation';
import { waitFor } from '../support';
import { ProcessTree } from './support/process-tree';
import { runProgram, type RunningProgram } from './support/run-program';

const DEMO = join(__dirname, '..', '..', 'apps', 'demo', 'dist', 'main.js');

/** Seconds on a machine of its own; a busy one takes its time, which is no fault of the demo. */
const PATIENCE_MS = 120_000;
const TEST_TIMEOUT_MS = 3 * PATIENCE_MS;

/** What the demo's libraries hold of series, by the oracle. */
function expectedSeries(options: { readonly titles: number; readonly shows: number }): ExpectedTv {
  const { alpha, beta } = buildLibraries(options);
  return expectedTv(
    [alpha, beta].map((library) => ({
      id: library.name,
      priority: library.priority,
      baseUrl: 'http://localhost',
      prefix: library.prefix,
      library,
    })),
  );
}

interface Demo extends RunningProgram {
  readonly tree: ProcessTree;
}

let folder: string;
let demos: Demo[];
let watch: NodeJS.Timeout;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelsync-e2e-demo-'));
  await mkdir(join(folder, 'tmp'));
  demos = [];
  watch = setInterval(() => demos.forEach(({ tree }) => tree.look()), 250);
});
afterEach(async () => {
  clearInterval(watch);
  for (const { child, finished } of demos) {
    child.kill('SIGKILL');
    await finished;
  }
  await rm(folder, { recursive: true });
});

function startDemo(args: readonly string[], settings: NodeJS.ProcessEnv = {}): Demo {
  const program = runProgram(DEMO, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: join(folder, 'tmp'), ...settings },
  });
  const demo = { ...program, tree: new ProcessTree(program.child.pid ?? 0) };
  demos.push(demo);
  return demo;
}

/** An interactive demo, once it invites the user. */
async function startInteractive(): Promise<Demo> {
  const demo = startDemo(['--titles', '40', '--shows', '8', '--data-dir', 'data']);
  await waitFor(() => demo.stderr().includes('Running until Ctrl-C'), {
    timeoutMs: PATIENCE_MS,
    message: () => `the demo to be ready; so far: ${demo.stderr()}`,
  });
  demo.tree.look();
  // Redis, database, two sample servers, API and worker.
  expect(demo.tree.size).toBeGreaterThan(6);
  return demo;
}

/** Services get ten seconds to end in order when their parent is gone; then they are ended. */
async function nothingIsLeft({ tree }: Demo): Promise<void> {
  await waitFor(() => tree.survivors().length === 0, {
    timeoutMs: PATIENCE_MS,
    message: () => `the end of ${tree.survivors().join('\n')}`,
  });
}

/** The counts of one kind in the table of the first sync. */
function firstSync(stdout: string, kind: string): { readonly planned: number; readonly created: number } {
  const [, planned, created] = new RegExp(`│ ${kind}\\D+(\\d+)\\D+(\\d+)`).exec(stdout) ?? [];
  return { planned: Number(planned), created: Number(created) };
}

/** Every unit of a kind is new: nothing but these counts. */
function allCreated(planned: number): object {
  return { planned, created: planned, updated: 0, unchanged: 0, skipped: 0, failed: 0 };
}

const RUN_ID = /^[0-9a-f]{24}$/;

/** A run of one producer that ended well. */
function ran(planned: number, updated: number): object {
  return {
    runId: expect.stringMatching(RUN_ID),
    status: 'done',
    planned,
    created: 0,
    updated,
    unchanged: planned - updated,
    failed: 0,
    durationMs: expect.any(Number),
  };
}

/** `demo --once --json`: one object on stdout, code 0, nothing is left behind. */
async function runOnceBeside(): Promise<void> {
  const once = startDemo(['--once', '--json', '--titles', '60', '--shows', '12']);
  const { code, stdout, stderr } = await once.finished;

  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  // One title of the sample library can be on no listing, since its folder is called `version` (contract §3.1).
  const { seasons, episodes } = expectedSeries({ titles: 60, shows: 12 });
  expect(JSON.parse(stdout)).toMatchObject({
    ...allCreated(59 + 12 + 2 * seasons.size),
    movies: allCreated(59),
    shows: allCreated(12),
    seasons: allCreated(seasons.size),
    // One job brings all episodes of a season up to date.
    episodes: allCreated(seasons.size),
    durationMs: expect.any(Number),
    secondRun: { planned: 0, documentWrites: 0, listingRequests: 4, durationMs: expect.any(Number) },
    webhook: {
      title: expect.any(String),
      latencyMs: expect.any(Number),
      titles: [expect.any(String), expect.any(String), expect.any(String)],
      episode: { show: expect.any(String), season: expect.any(Number), episode: expect.any(Number) },
    },
    producers: {
      schedule: { ...ran(1, 1), schedule: 'scan/default', title: expect.any(String) },
      webhook: ran(4, 4),
      bulk: { ...ran(59, 0), command: 'reelsync enqueue movies --all' },
      retry: {
        ...ran(1, 0),
        code: 'SERVER_REJECTED',
        title: expect.any(String),
        command: expect.stringContaining('reelsync retry --title '),
        failedRunId: expect.stringMatching(RUN_ID),
      },
    },
    documents: { movies: 59, shows: 12, seasons: seasons.size, episodes: episodes.size },
    catalogueEqual: true,
  });
  expect(stderr).not.toMatch(/[{]"level"/);
  expect(code).toBe(0);
  expect(once.tree.survivors()).toEqual([]);
  expect(await readdir(join(folder, 'tmp'))).toEqual([]);
}

test(
  'an interactive demo, one beside it, Ctrl-C, and a second start that finds the catalogue again',
  async () => {
    const first = await startInteractive();
    const refused = await startDemo(['--data-dir', 'data']).finished;
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain(`The demo already runs on ${join(folder, 'data')}, started by process`);
    expect(refused.stderr).toContain(`process ${first.child.pid};`);
    expect(refused.stderr).toContain('--data-dir FOLDER');
    await runOnceBeside();

    const stopAt = performance.now();
    first.child.kill('SIGINT');
    const finished = await first.finished;
    expect(finished.code).toBe(0);
    expect(performance.now() - stopAt).toBeLessThan(10_000);
    expect(first.tree.survivors()).toEqual([]);
    expect(firstSync(finished.stdout, 'movies')).toEqual({ planned: 39, created: 39 });
    expect(firstSync(finished.stdout, 'shows')).toEqual({ planned: 8, created: 8 });

    const second = await startInteractive();
    second.child.kill('SIGKILL');
    const { stdout } = await second.finished;
    // The sample servers begin anew, so the films and the episode that the webhook step had changed are as they were.
    expect(firstSync(stdout, 'movies')).toEqual({ planned: 3, created: 0 });
    expect(firstSync(stdout, 'shows')).toEqual({ planned: 0, created: 0 });
    expect(firstSync(stdout, 'seasons')).toEqual({ planned: 0, created: 0 });
    expect(firstSync(stdout, 'episodes')).toEqual({ planned: 1, created: 0 });
    expect(stdout).toContain('`reelsync enqueue movies --all`: 39 jobs, 0 with changes');
    expect(stdout).toMatch(
      /failed \(SERVER_REJECTED\); `reelsync retry --title '.+'`: 1 job, 0 with changes, /,
    );
    expect(stdout).toContain('equals the merged libraries');
    await nothingIsLeft(second);
  },
  TEST_TIMEOUT_MS,
);

test(
  'demo --once on a Redis and a MongoDB that others use: leaves what is theirs as it is, and nothing of its own',
  async () => {
    const redis = await startPrivateRedis({ dataDir: folder, cacheDir: PATHS.cache });
    const connection = createRedisConnection(redis.url, 'worker');
    const mongo = await startEmbeddedDatabase({ dataDir: null, log: () => undefined });
    const website = await connectDatabase({ uri: mongo.uri, minPoolSize: 1 });
    const documents = (collection: string) => website.settings.collection(collection).find().toArray();
    try {
      // The switch of the website would hold the demo's own schedules back.
      await website.settings.collection('settings').insertOne({ name: 'autoSync', value: false });
      const settings = await documents('settings');
      const others = { 'reelsync:movies:id': '7', 'reelsyncdemo:movies:id': '8', 'bull:movies:1': '9' };
      await connection.mset(others);
      const { code, stdout, stderr } = await startDemo(
        ['--once', '--json', '--titles', '20', '--shows', '6'],
        {
          REDIS_URL: redis.url,
          MONGODB_URI: mongo.uri,
        },
      ).finished;
      expect(stderr).toContain('Redis of REDIS_URL');
      expect(stderr).toContain('Database of MONGODB_URI');
      expect(JSON.parse(stdout)).toMatchObject({ failed: 0, catalogueEqual: true });
      expect(code).toBe(0);
      const names = Object.keys(others);
      expect((await connection.keys('*')).sort()).toEqual([...names].sort());
      expect(await connection.mget(names)).toEqual(Object.values(others));
      const { databases } = await website.catalogue.admin().listDatabases({ nameOnly: true });
      expect(databases).toEqual([{ name: 'app_config' }]);
      expect([await documents('settings'), await documents('syncInfo')]).toEqual([settings, []]);
    } finally {
      await website.close();
      await mongo.close();
      connection.disconnect();
      await redis.stop();
    }
  },
  TEST_TIMEOUT_MS,
);

test(
  'Ctrl-C in the middle of the first sync: code 0, no error, nothing is left behind',
  async () => {
    const demo = startDemo(['--once', '--titles', '800', '--shows', '20']);
    await waitFor(() => demo.stderr().includes('syncing: '), {
      timeoutMs: PATIENCE_MS,
      message: demo.stderr,
    });
    demo.child.kill('SIGINT');
    const { code, stdout, stderr } = await demo.finished;
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/\nStopping …\n$/);
    await nothingIsLeft(demo);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  },
  TEST_TIMEOUT_MS,
);
