import { createQueues, createRedisConnection } from '@reelsync/queue';

import { waitFor } from '../../../tests/support';
import { streamOf } from '../../../tests/support/stream-of';
import { AdminApi } from './v1/admin-api';

jest.setTimeout(60_000);

let api: AdminApi;
let cookie: string;
let cleanUps: (() => unknown)[] = [];
beforeEach(async () => {
  api = await AdminApi.start({ withBrokenTitles: false });
  cookie = await api.signIn();
});
afterEach(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  cleanUps = [];
  await api.close();
});

/** The queue of movies, with every movie failed and no worker. */
async function failedMovies(): Promise<ReturnType<typeof createQueues>['movies']> {
  const { installation } = api;
  const fault = installation.alpha.faults.add({ match: 'metadata', status: 400 });
  const worker = await installation.startWorker();
  const scan = { trigger: 'cli', urgency: 'person', serverIds: ['default', 'server2'] } as const;
  const { runId } = await installation.requests.requestScan(scan);
  expect((await installation.ended(runId)).counts.failed).toBeGreaterThan(1);
  await worker.close();
  installation.alpha.faults.remove(fault);
  const { url, prefix } = installation.config.redis;
  const connection = createRedisConnection(url, 'worker');
  const queues = createQueues({ connection, prefix });
  cleanUps.push(
    () => connection.disconnect(),
    () => Promise.all(Object.values(queues).map((queue) => queue.close())),
  );
  return queues.movies;
}

async function press(
  path: string,
  method = 'PUT',
  body?: object,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${api.url}/queues/api/queues/${path}`, {
    method,
    headers: { Cookie: cookie, Origin: api.url, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const titleOf = ({ data }: { readonly data: unknown }): string => (data as { title: string }).title;

test('a job retried in Bull Board merges with the job that its title has by now', async () => {
  const movies = await failedMovies();
  const [failed] = await movies.getFailed(0, 0);
  const { id = '' } = failed!;
  const title = titleOf(failed!);
  const completed = await movies.getCompletedCount();
  const person = { trigger: 'cli', urgency: 'person', signal: new AbortController().signal } as const;
  const { runId } = await api.installation.requests.requestMovies(streamOf(title), person);

  expect(await press(`movies/${id}/retry`)).toEqual({ status: 204, body: undefined });

  expect(await movies.getJob(id)).toBeUndefined();
  const waiting = await movies.getJobs(['waiting', 'prioritized', 'delayed']);
  expect(waiting.map(titleOf)).toEqual([title]);
  await api.installation.startWorker();
  const [retried] = await api.installation.database.runs.list({ limit: 1 });
  expect(await api.installation.ended(retried!.id)).toMatchObject({
    requester: 'admin',
    counts: { planned: 1, failed: 0 },
  });
  expect(await api.installation.ended(runId)).toMatchObject({ counts: { planned: 1, failed: 0 } });
  expect(await movies.getCompletedCount()).toBe(completed + 1);

  expect(await press(`movies/${id}/retry`)).toEqual({
    status: 404,
    body: { error: { key: 'ERRORS.JOB_NOT_FOUND', options: {} } },
  });
});

test('all failed jobs of a queue are retried in Bull Board in one run, and what completed is not', async () => {
  const movies = await failedMovies();
  const failed = await movies.getFailedCount();
  await api.installation.startWorker();

  expect(await press('movies/retry/failed')).toEqual({ status: 200, body: { retried: failed, skipped: 0 } });

  const [run] = await api.installation.database.runs.list({ limit: 1 });
  expect(await api.installation.ended(run!.id)).toMatchObject({ counts: { planned: failed, failed: 0 } });
  expect(await movies.getFailedCount()).toBe(0);
  const [audited] = await api.installation.database.audit.list({ limit: 1 });
  expect(audited).toMatchObject({
    actor: { kind: 'session', name: 'admin' },
    action: 'failed-jobs.retry',
    details: { queue: 'movies', result: { retried: failed, runIds: [run!.id] } },
  });

  const [completed] = await waitFor(async () => {
    const jobs = await movies.getCompleted(0, 0);
    return jobs.length > 0 && jobs;
  });
  expect((await press('movies/retry/completed')).status).toBe(400);
  expect((await press(`movies/${completed!.id}/retry`)).status).toBe(404);
  expect(await movies.getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active')).toBe(0);
});

test('a job cannot be added in Bull Board: it would have no run, and overtake all that have a priority', async () => {
  const movie = { name: 'movie.sync', data: { v: 1, title: 'Heat (1995)' }, options: {} };
  const { status, body } = await press('movies/add', 'POST', movie);
  expect({ status, body }).toMatchObject({
    status: 405,
    body: { error: { key: expect.stringContaining('reelsync enqueue') } },
  });
});
