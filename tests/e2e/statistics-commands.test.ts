import { loadConfig } from '@reelsync/config';
import { SyncManager } from '@reelsync/sync';
import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';

let stage: Stage;
let installation: Installation;
let synced: readonly string[];

/** The catalogue is filled without workers, by the library. */
beforeAll(async () => {
  stage = await openStage({ titles: 12 });
  installation = await Installation.open(stage);
  const { env } = installation;
  const manager = new SyncManager({
    config: () => loadConfig({ env, cwd: stage.folder }),
    database: installation.database,
  });
  synced = [...installation.expected().keys()].slice(0, 8);
  await manager.syncMovies(synced, { id: 'default' });
  await manager.syncMovies(synced, { id: 'server2' });
  await manager.shutdown();
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

async function printed(args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await installation.cli([...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout);
}

test('reelsync stats: all sections as JSON, the counts as tables', async () => {
  const dirty = installation.expected().size - synced.length;
  expect(await printed(['stats'])).toMatchObject({
    system: { initialized: true },
    movies: { totalMovies: synced.length, needingSync: dirty },
    episodes: { total: 0 },
    queues: { available: true, queues: { movies: { waiting: 0 } } },
  });
  const { stdout } = await installation.cli(['stats']);
  expect(stdout).toContain('need sync');
  expect(stdout).toMatch(/movies\s+│ 8 /);
});

test('reelsync stats goes on without Redis and says so', async () => {
  const settings = { REDIS_URL: 'redis://127.0.0.1:1' };
  const { code, stdout } = await installation.cli(['stats'], { settings });
  expect(code).toBe(0);
  expect(stdout).toContain('Queues: QUEUE_UNAVAILABLE');
});

test('reelsync needs-sync: what is dirty, by kind and up to a limit; old documents on request', async () => {
  expect(await printed(['needs-sync', '--kind', 'movies', '--limit', '2'])).toMatchObject({
    movies: [{ reasons: expect.any(Array) }, { reasons: expect.any(Array) }],
    tvShows: [],
    seasons: [],
    episodes: [],
  });
  const { stdout } = await installation.cli(['needs-sync', '--older-than', '1', '--missing-assets']);
  expect(stdout).toContain('dirty');
  expect(stdout).not.toMatch(/[│,] old/);
  const refused = await installation.cli(['needs-sync', '--limit', '0']);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  const elsewhere = await installation.cli(['--url', 'http://127.0.0.1:1', 'needs-sync']);
  expect(elsewhere).toMatchObject({ code: 2, stdout: '' });
  expect(elsewhere.stderr).toContain("'needs-sync' works directly only");
  expect(refused.stderr).toContain("'0' is not a number from 1");
});

test('reelsync upgrades: films with the reasons, as JSON and as a table', async () => {
  expect(await printed(['upgrades', '--limit', '1'])).toEqual({
    items: [expect.objectContaining({ title: expect.any(String), reasons: expect.any(Array) })],
  });
  const { code, stdout } = await installation.cli(['upgrades']);
  expect(code).toBe(0);
  expect(stdout).toContain('not-hdr');
});
