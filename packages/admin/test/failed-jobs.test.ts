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

test('a unit whose job somebody discards while it is retried ends as skipped, and the sweep finds nothing to do', async () => {
  const { alpha, beta, database } = world.installation;
  const worker = await world.installation.startWorker();
  await world.scan();
  const titles: string[] = [];
  for await (const { originalTitle } of database.movies.findAll({}, { limit: 2 })) titles.push(originalTitle);
  for (const server of [alpha, beta]) server.faults.add({ match: 'metadata', status: 400 });
  const { runId } = await world.client.requestSync({ kind: 'movies', titles, force: true });
  await world.installation.ended(runId);
  await untilFailed(2);
  await worker.close();

  const [discarded, kept] = titles;
  const raced = Object.assign(Object.create(failedJobs) as FailedJobs, {
    retry: async (record: Parameters<FailedJobs['retry']>[0] & { readonly title?: string }) => {
      if (record.title === discarded) await failedJobs.discard(record);
      return failedJobs.retry(record);
    },
  });
  const answer = await handlers({ failedJobs: raced }).retryFailedJobs(ALL, CONTEXT);
  expect(answer).toMatchObject({ matched: 2, retried: 1, gone: 1 });
  const [retryRun = ''] = answer.runIds;
  const open: string[] = [];
  for await (const { unit } of database.runs.streamOpen({ runId: retryRun })) open.push(unit.title);
  expect(open).toEqual([kept]);
  expect(await database.runs.get(retryRun)).toMatchObject({
    status: 'running',
    counts: { planned: 2, skipped: 1 },
  });
});
