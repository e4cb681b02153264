import { createRedisConnection } from '@reelsync/queue';

import { waitFor } from '../support';
import { EQUAL, Installation, printedRun } from './support/installation';
import { openStage, type Stage } from './support/stage';

const TITLES = 100;
/** Each title takes a few of them, ten titles at a time: the first sync lasts some seconds. */
const LATENCY_MS = 200;
const CONCURRENCY = '10';

let stage: Stage;
let installation: Installation;
beforeAll(async () => {
  stage = await openStage({ titles: TITLES });
});
afterAll(() => stage.close());
beforeEach(async () => {
  installation = await Installation.open(stage, { SYNC_CONCURRENCY: CONCURRENCY });
});
afterEach(() => installation.close());

const total = (): number => installation.expected().size;

async function slowServers(): Promise<void> {
  await Promise.all(stage.servers.map(({ control }) => control.faults.setLatency(LATENCY_MS)));
}

/** Resolves when a file is asked for that will not come. */
async function hangingServers(): Promise<void> {
  const controls = stage.servers.map(({ control }) => control);
  await Promise.all(controls.map((control) => control.faults.setLatency(60_000)));
  await Promise.all(controls.map((control) => control.resetStats()));
  await waitFor(async () => {
    const stats = await Promise.all(controls.map((control) => control.stats()));
    return stats.some(({ classes }) => classes.metadata.requests > 0);
  });
}

async function fastServers(): Promise<void> {
  await Promise.all(stage.servers.map(({ control }) => control.faults.clear()));
}

/** Starts a worker and a first sync, and waits until a part of it has been done. */
async function syncHalfway(settings: NodeJS.ProcessEnv = {}) {
  await slowServers();
  const worker = await installation.startWorker(settings);
  const scan = installation.startCli(['scan', '--json']);
  await waitFor(async () => (await installation.movies()) >= total() / 4, { timeoutMs: 20_000 });
  return { worker, scan };
}

test('a worker that is killed in the middle: another one ends the run, with exact counts and an equal catalogue', async () => {
  const { worker, scan } = await syncHalfway();
  worker.kill('SIGKILL');
  await worker.exited;
  expect(await installation.movies()).toBeLessThan(total());

  await fastServers();
  await installation.startWorker();
  const finished = await scan.finished;
  const run = printedRun(finished);
  expect(run).toMatchObject({ status: 'done', planned: total(), updated: 0, skipped: 0, failed: 0 });
  expect(run.created).toBe(total());
  expect(finished.code).toBe(0);
  expect(await installation.compare()).toMatchObject(EQUAL);
});

test('a worker that is killed while it reads a listing: another one repeats the scan and ends the run', async () => {
  const [{ control }] = stage.servers;
  await control.resetStats();
  await control.faults.add({ match: 'listing', latencyMs: 60_000, times: 1 });
  const worker = await installation.startWorker();
  const scan = installation.startCli(['scan', '--json']);
  await waitFor(async () => (await control.stats()).classes.listing.requests > 0);
  worker.kill('SIGKILL');
  await worker.exited;

  await installation.startWorker();
  expect(printedRun(await scan.finished)).toMatchObject({
    status: 'done',
    planned: total(),
    created: total(),
  });
  expect(await installation.compare()).toMatchObject(EQUAL);
});

test('a worker that is stopped in the middle: ends in time with code 0, uses no attempt, another one ends the run', async () => {
  // Too short for a job whose file does not come, so that it is put back.
  const { worker, scan } = await syncHalfway({ WORKER_SHUTDOWN_GRACE_MS: '50' });
  await hangingServers();
  const stopAt = performance.now();
  expect(await worker.stop()).toBe(0);
  expect(performance.now() - stopAt).toBeLessThan(5000);
  expect(installation.log()).toContain('job requeued');
  expect(await installation.movies()).toBeLessThan(total());

  await fastServers();
  await installation.startWorker();
  expect(printedRun(await scan.finished)).toMatchObject({
    status: 'done',
    planned: total(),
    created: total(),
  });
  expect(await installation.compare()).toMatchObject(EQUAL);
  const attempts = await installation.withQueues(async ({ movies }) =>
    (await movies.getJobs(['completed', 'failed'])).map(({ attemptsMade }) => attemptsMade),
  );
  expect(attempts).toEqual(Array.from({ length: total() }, () => 1));
});

test('Redis is wiped in the middle: the next scan brings the catalogue in step', async () => {
  const { scan } = await syncHalfway();
  const redis = createRedisConnection(stage.redis.url, 'worker');
  await redis.flushall();
  redis.disconnect();
  await fastServers();
  expect(await installation.scan()).toMatchObject({ status: 'done', failed: 0 });
  expect(await installation.compare()).toMatchObject(EQUAL);
  expect(printedRun(await scan.finished)).toMatchObject({ status: 'done', planned: total(), failed: 0 });
});

test('Redis is wiped in the middle: the workers bring the schedules back, and the sweep the catalogue', async () => {
  // Nobody but the sweep: no scheduled scan could do its work.
  const settings = {
    SYNC_SCHEDULE_SCAN: 'off',
    SYNC_SCHEDULE_AUDIT: 'off',
    SYNC_SCHEDULE_SWEEP: '1s',
    SYNC_SWEEP_MIN_AGE_MS: '1000',
  };
  const schedulers = () =>
    installation.withQueues(async ({ schedules }) =>
      (await schedules.getJobSchedulers()).map(({ key }) => key).sort(),
    );
  await installation.startWorker(settings);
  const { scan } = await syncHalfway(settings);
  expect(await schedulers()).toEqual(['retention', 'sweep']);

  const redis = createRedisConnection(stage.redis.url, 'worker');
  await redis.flushall();
  redis.disconnect();
  const flushedAt = new Date();
  await Promise.all(stage.servers.map(({ control }) => control.resetStats()));
  expect(await installation.movies()).toBeLessThan(total());
  await fastServers();

  const run = printedRun(await scan.finished);
  expect(run).toMatchObject({ status: 'done', planned: total(), updated: 0, skipped: 0, failed: 0 });
  expect(run.created + run.unchanged).toBe(total());
  expect(await installation.compare()).toMatchObject(EQUAL);
  for (const { control } of stage.servers)
    expect((await control.stats()).classes).toMatchObject({ listing: { requests: 0 } });
  const { lastTick } = await installation.database.schedules.load('sweep');
  expect(lastTick?.at.getTime()).toBeGreaterThan(flushedAt.getTime());
  expect(await schedulers()).toEqual(['retention', 'sweep']);
});
