import { FailedJobs } from '@reelsync/queue';

import { failedJobHandlers } from '../src/handlers/failed-jobs';
import { waitFor } from '../../../tests/support';
import { LocalWorld } from './support';

const ACTOR = { kind: 'cli', name: 'tester' } as const;
const CONTEXT = { actor: ACTOR, signal: new AbortController().signal };
const ALL = { limit: 100, maxBacklog: 100 };

let world: LocalWorld;
let failedJobs: FailedJobs;
beforeEach(async () => {
  world = await LocalWorld.create({ titles: 3 });
  failedJobs = new FailedJobs(world.bull);
});
afterEach(async () => {
  await failedJobs.close();
  await world.dispose();
});

type Dependencies = Parameters<typeof failedJobHandlers>[0];

function handlers(overrides: Partial<Dependencies> = {}): ReturnType<typeof failedJobHandlers> {
  const { database, requests } = world.installation;
  const producer = { backlog: () => Promise.resolve(0) };
  return failedJobHandlers({
    database,
    requests,
    producer,
    failedJobs,
    now: () => new Date(),
    ...overrides,
  });
}

async function untilFailed(count: number): Promise<void> {
  await waitFor(async () => (await failedJobs.list({}, 100)).length === count);
}

test('OR-1: a failed scan that cannot be asked for anew stays failed, with what was asked for', async () => {
  const { requests } = world.installation;
  await world.installation.startWorker();
  const scan = { trigger: 'cli', urgency: 'person', serverIds: ['nowhere'], force: true } as const;
  await requests.requestScan(scan);
  await untilFailed(1);

  const refusing = Object.assign(Object.create(requests) as typeof requests, {
    requestScan: () => Promise.reject(new Error('MongoDB is away')),
  });
  await expect(handlers({ requests: refusing }).retryFailedJobs(ALL, CONTEXT)).rejects.toThrow(
    'MongoDB is away',
  );
  expect(await failedJobs.list({}, 10)).toMatchObject([{ name: 'library.scan', data: { force: true } }]);

  const answer = await handlers().retryFailedJobs(ALL, CONTEXT);
  expect(answer).toMatchObject({ matched: 1, retried: 1, gone: 0 });
  const [runId = ''] = answer.runIds;
  expect(await world.installation.ended(runId)).toMatchObject({ scope: { force: true } });
});

describe('failed jobs of units', () => {
  let first: string;
  let second: string;

  beforeEach(async () => {
    const { alpha, beta, database } = world.installation;
    const worker = await world.installation.startWorker();
    await world.scan();
    const titles: string[] = [];
    for await (const { originalTitle } of database.movies.findAll({}, { limit: 2 }))
      titles.push(originalTitle);
    [first = '', second = ''] = titles;
    for (const server of [alpha, beta]) server.faults.add({ match: 'metadata', status: 400 });
    const { runId } = await world.client.requestSync({ kind: 'movies', titles, force: true });
    await world.installation.ended(runId);
    await untilFailed(2);
    await worker.close();
    for (const server of [alpha, beta]) server.faults.clear();
  });

  async function openTitles(runId: string): Promise<string[]> {
    const open: string[] = [];
    for await (const { unit } of world.installation.database.runs.streamOpen({ runId }))
      open.push(unit.title);
    return open.sort();
  }

  test('a job that somebody else discards meanwhile is not retried', async () => {
    const raced = Object.assign(Object.create(failedJobs) as FailedJobs, {
      isFailed: async (record: Parameters<FailedJobs['isFailed']>[0] & { readonly title?: string }) => {
        if (record.title === first) await failedJobs.discard(record);
        return failedJobs.isFailed(record);
      },
    });
    const answer = await handlers({ failedJobs: raced }).retryFailedJobs(ALL, CONTEXT);
    expect(answer).toMatchObject({ matched: 2, retried: 1, gone: 1 });
    expect(await openTitles(answer.runIds[0] ?? '')).toEqual([second]);
  });

  test('a retry merges with a job of the unit that waits already, and both runs end', async () => {
    const asked = await world.client.requestSync({ kind: 'movies', titles: [first], force: true });
    const answer = await handlers().retryFailedJobs(ALL, CONTEXT);
    expect(answer).toMatchObject({ matched: 2, retried: 2, gone: 0 });
    const [retryRun = ''] = answer.runIds;
    expect(await openTitles(retryRun)).toEqual([first, second].sort());
    expect(await world.admin.handlers.listFailedJobs({ limit: 10 }, CONTEXT)).toEqual({ items: [] });
    expect(await world.installation.producer().backlog('movies')).toBe(2);

    await world.installation.startWorker();
    const ended = [await world.installation.ended(asked.runId), await world.installation.ended(retryRun)];
    expect(ended.map(({ status, counts }) => [status, counts.planned, counts.failed])).toEqual([
      ['done', 1, 0],
      ['done', 2, 0],
    ]);
  });

  test('with Redis away nothing is retried and nothing is lost', async () => {
    const requests = world.installation.requestsOver('redis://127.0.0.1:1');
    await expect(handlers({ requests }).retryFailedJobs(ALL, CONTEXT)).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
    });
    expect((await failedJobs.list({}, 10)).map(({ title }) => title).sort()).toEqual([first, second].sort());
  });
});
