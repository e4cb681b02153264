import { Installation } from './support/installation';
import { openStage, type Stage } from './support/stage';

// Each test starts engine processes; none of them waits for time, but a busy machine may take long.
jest.setTimeout(300_000);

/** Nothing listens there. */
const NO_REDIS = { REDIS_URL: 'redis://127.0.0.1:1' };

let stage: Stage;
let installation: Installation;
beforeAll(async () => {
  stage = await openStage({ titles: 6 });
  installation = await Installation.open(stage);
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

test('compare prints a table with units on stdout and its progress on stderr, without Redis, and writes nothing', async () => {
  const { code, stdout, stderr } = await installation.cli(['compare', '--rounds', '1', '--limit', '2'], {
    settings: NO_REDIS,
  });
  expect(stderr).toContain('flat: round 1 of 1');
  for (const row of [/time +│ .+ ms .+ times/, /peak memory +│ .+ MB/, /30 to 50 % faster +│ .+ time: /])
    expect(stdout).toMatch(row);
  expect([code, await installation.movies()]).toEqual([0, 0]);
});

test('compare --json prints one object; a title that the server does not list is an error', async () => {
  const args = ['compare', '--server', 'server2', '--rounds', '1', '--limit', '1', '--json'];
  const { code, stdout } = await installation.cli(args, { settings: NO_REDIS });
  expect(JSON.parse(stdout)).toMatchObject({
    serverId: 'server2',
    rounds: 1,
    targets: [{ name: 'speed' }, { name: 'memory' }, { name: 'failures' }],
  });
  expect(code).toBe(0);
  const unknown = await installation.cli(['compare', 'Nowhere (1900)'], { settings: NO_REDIS });
  expect(unknown.code).not.toBe(0);
  expect(unknown.stderr).toContain("'Nowhere (1900)'");
});
