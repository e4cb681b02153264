import { BulkRequests, RunCanceller } from '@reelsync/sync';
import { Installation } from './support/installation';

const NOBODY = new AbortController().signal;

/** Decision 0027. */
describe('a bulk request and its runs', () => {
  let installation: Installation;
  let bulk: BulkRequests;
  beforeEach(async () => {
    installation = await Installation.create();
    bulk = new BulkRequests(installation.database, installation.producer());
    // Known to the inventory, which is all that enqueueing looks at.
    await installation.database.inventory.applyChanges(
      'default',
      ['A', 'B', 'C'].map((title) => ({ unit: { kind: 'movie', title }, digest: title, record: {} })),
      new Date(),
    );
  });
  afterEach(() => installation.dispose());

  const open = () =>
    bulk.open(
      { domain: 'movies', source: 'titles', force: false, missingOnly: false, dryRun: false },
      { trigger: 'cli' },
    );
  const runs = () => installation.database.runs.list({ limit: 10 });

  test('cancelling the run ends the request: no further step opens a new run, and each says why', async () => {
    const { database } = installation;
    const canceller = new RunCanceller({
      database,
      producer: installation.producer(),
      now: () => new Date(),
    });
    const { id } = await open();
    const { runId = '' } = (await bulk.advance(id, 0, ['A'], NOBODY)).request;
    expect(await canceller.cancel(runId, 'anna')).toMatchObject({ withdrawnJobs: 1 });
    const refused = { code: 'RUN_CANCELLED', message: expect.stringContaining('Cancelled by anna') };
    await expect(bulk.advance(id, 1, ['B'], NOBODY)).rejects.toMatchObject(refused);
    await expect(bulk.advance(id, 1, ['B'], NOBODY)).rejects.toMatchObject(refused);
    expect(await bulk.get(id)).toMatchObject({ status: 'finished', position: 1, runId });
    expect(await bulk.finish(id)).toMatchObject({ status: 'finished', runId });
    expect(await runs()).toMatchObject([{ id: runId, status: 'cancelled' }]);
    expect(await installation.producer().backlog('movies')).toBe(0);
  });

  test('a request that was suspended, or whose driver was silent for too long, goes on in a new run', async () => {
    const { database } = installation;
    const { id } = await open();
    await bulk.advance(id, 0, ['A'], NOBODY);
    await bulk.suspend(id);
    const { runId: second = '' } = (await bulk.advance(id, 1, ['B'], NOBODY)).request;
    await database.runs.fail(second, { code: 'JOB_LOST', message: 'silent' }, new Date());
    const { runId: third = '' } = (await bulk.advance(id, 2, ['C'], NOBODY)).request;
    expect(await bulk.finish(id)).toMatchObject({ status: 'finished', runId: third, planned: 3 });
    expect(new Set((await runs()).map((run) => run.id)).size).toBe(3);
  });
});
