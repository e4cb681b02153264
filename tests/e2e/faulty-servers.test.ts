import { httpClient } from '@reelsync/admin';
import type { SpawnedService } from '@reelsync/dev-services';

import { waitFor } from '../support';
import { EQUAL, Installation, printedRun } from './support/installation';
import { openStage, type Stage } from './support/stage';

const TITLES = 80;
/** Everything that jobs read. What the test relies on has rules of its own, so that it does not depend on luck. */
const FILES = String.raw`\.blurhash$|metadata\.json$`;

const TOKEN = 'a-token-for-faulty-servers';

let stage: Stage;
let installation: Installation;
let worker: SpawnedService<string>;
beforeAll(async () => {
  stage = await openStage({ titles: TITLES });
  installation = await Installation.open(stage, { API_TOKENS: `watcher:${TOKEN}` });
  worker = await installation.startWorker();
});
afterEach(async () => {
  for (const { control } of stage.servers) await control.faults.clear();
});
afterAll(async () => {
  await installation.close();
  await stage.close();
});

test('a fifth of the files answers 503 and some never: one scan and the retries of its jobs end with an equal catalogue', async () => {
  const { faults } = stage.servers[0].control;
  await faults.add({ match: '/1923/metadata', hang: true, times: 1 });
  // As often as a file is asked for within one attempt of its job.
  await faults.add({ match: '/Version%202.0/metadata', status: 503, times: 3 });
  for (const { control } of stage.servers) {
    await control.faults.add({ match: 'listing', status: 503, times: 1 });
    await control.faults.add({ match: FILES, hang: true, rate: 0.01 });
    await control.faults.add({ match: FILES, status: 503, rate: 0.2 });
  }
  const result = await installation.cli(['scan', '--json']);
  const planned = installation.expected().size;
  expect(printedRun(result)).toMatchObject({ status: 'done', planned, failed: 0 });
  expect(result.code).toBe(0);
  expect(await installation.compare()).toMatchObject(EQUAL);
  const stats = await Promise.all(stage.servers.map(({ control }) => control.stats()));
  const refused = stats.map(
    ({ classes }) => (classes.metadata.byStatus[503] ?? 0) + (classes.blurhash.byStatus[503] ?? 0),
  );
  expect(Math.min(...refused)).toBeGreaterThan(TITLES / 10);
  const attempts = await installation.withQueues(async ({ movies }) =>
    (await movies.getJobs(['completed'])).map(({ attemptsMade }) => attemptsMade),
  );
  expect(Math.max(...attempts)).toBeGreaterThan(1);
}, 120_000);

test('what could not be read is logged once, by server, with a stable code: a whole listing, and records of one', async () => {
  const [first, second] = stage.servers;
  await first.control.faults.add({ match: '/media/movies', body: 'broken-record' });
  await second.control.faults.add({ match: 'listing', status: 404 });
  const { code, stderr } = await installation.cli(['scan', '--full', '--json']);

  expect(code).toBe(1);
  const lines = installation.log().split('\n');
  expect(lines.filter((line) => line.includes('server could not be scanned'))).toEqual([
    expect.stringMatching(/^worker: error: .* 'server2' \(LISTING_NOT_FOUND: /),
  ]);
  expect(lines.filter((line) => line.includes('records of the listing were left out'))).toEqual([
    expect.stringMatching(/^worker: warning: .* 'default' \(LISTING_RECORD_INVALID/),
  ]);
  // The person who asked reads the same.
  expect(stderr).toContain('server2: ');
  expect(stderr).toMatch(/default: 1 records of the listing were left out/);
}, 120_000);

test('GET /servers shows what the breakers of a running worker make of a server that fails, that recovers, and of nobody', async () => {
  const { value: url } = await installation.startApi();
  const client = httpClient({ url, token: TOKEN });
  const breakers = async () => {
    const { items } = await client.listServers({});
    return items.map(({ id, workers }) => [id, workers.map(({ breaker }) => breaker)]);
  };
  const shows = (...expected: readonly (readonly [string, readonly string[]])[]) =>
    waitFor(async () => JSON.stringify(await breakers()) === JSON.stringify(expected), { timeoutMs: 60_000 });
  await shows(['default', ['closed']], ['server2', ['closed']]);

  const { faults } = stage.servers[0].control;
  await faults.add({ match: 'metadata', status: 503 });
  const titles = [...installation.expected().keys()].slice(0, 30);
  await installation.cli(['enqueue', 'movies', ...titles, '--force', '--no-wait', '--json']);
  // The other server is not held back by this one.
  await shows(['default', ['open']], ['server2', ['closed']]);
  const { items } = await client.listServers({});
  expect(items[0]?.workers).toMatchObject([{ worker: expect.stringContaining(String(worker.pid)) }]);
  expect(items[0]?.workers[0]?.failed).toBeGreaterThan(0);

  await faults.clear();
  // It goes on as soon as the breaker lets a first request through.
  await installation.cli(['enqueue', 'movies', '1923', '--force', '--json']);
  await shows(['default', ['closed']], ['server2', ['closed']]);

  await worker.stop();
  await shows(['default', []], ['server2', []]);
}, 180_000);
