import { RunCanceller, type TitlesRequestOptions } from '@reelsync/sync';
import { Installation } from './support/installation';
import { streamOf } from '../../../tests/support/stream-of';

const byHand: TitlesRequestOptions = {
  trigger: 'cli',
  urgency: 'person',
  signal: new AbortController().signal,
};

describe('cancelling a run', () => {
  let installation: Installation;
  let canceller: RunCanceller;
  beforeEach(async () => {
    installation = await Installation.create();
    const { database } = installation;
    canceller = new RunCanceller({ database, producer: installation.producer(), now: () => new Date() });
    const scan = { serverIds: ['default', 'server2'], trigger: 'cli', urgency: 'person' } as const;
    const worker = await installation.startWorker();
    await installation.ended((await installation.requests.requestScan(scan)).runId);
    await worker.close();
  });
  afterEach(() => installation.dispose());

  test('withdraws the jobs that nobody else waits for; what others wait for is done', async () => {
    const { requests, database } = installation;
    const all = await requests.requestMovies('all', byHand);
    const one = await requests.requestMovies(streamOf('100% Wolf'), byHand);
    const planned = (await database.runs.get(all.runId))?.counts.planned ?? 0;
    const { run, withdrawnJobs } = await canceller.cancel(all.runId, 'admin');
    expect(withdrawnJobs).toBe(planned - 1);
    expect(run).toMatchObject({
      status: 'cancelled',
      error: { code: 'RUN_CANCELLED', message: 'Cancelled by admin' },
      counts: { planned, skipped: planned },
    });
    await installation.startWorker();
    expect(await installation.ended(one.runId)).toMatchObject({ status: 'done', counts: { planned: 1 } });
    expect((await installation.producer().counts()).movies).toMatchObject({ prioritized: 0, active: 0 });
    expect(await canceller.cancel(all.runId)).toMatchObject({
      withdrawnJobs: 0,
      run: { status: 'cancelled' },
    });
  });

  test('a change is told to exactly one run, also when the job was made for one that was cancelled (decision 0020)', async () => {
    const { requests, alpha } = installation;
    const first = await requests.requestMovies(streamOf('100% Wolf'), { ...byHand, force: true });
    const others = [
      await requests.requestMovies(streamOf('100% Wolf'), { ...byHand, force: true }),
      await requests.requestMovies(streamOf('100% Wolf'), { ...byHand, force: true }),
    ];
    expect(await canceller.cancel(first.runId)).toMatchObject({ withdrawnJobs: 0 });
    alpha.library.editMetadata('100% Wolf', { title: 'Another Name' });
    await installation.startWorker();
    const counts = await Promise.all(
      others.map(async ({ runId }) => (await installation.ended(runId)).counts),
    );
    expect(counts).toMatchObject([
      { planned: 1, updated: 1, merged: 0 },
      { planned: 1, updated: 0, merged: 1 },
    ]);
  });

  test('units of one run that are narrowed in different ways, as those of a retry may be, all go', async () => {
    const { database } = installation;
    const producer = installation.producer();
    const scope = { kind: 'titles', domain: 'movies', force: false } as const;
    const runId = await database.runs.create({ trigger: 'cli', scope, startedAt: new Date() });
    const narrowings = { '100% Wolf': { operations: ['blurhash' as const] }, '1923': {} };
    for (const [title, narrowing] of Object.entries(narrowings)) {
      await database.runs.plan(runId, [{ kind: 'movie', title }], new Date(), narrowing);
      await producer.enqueue('movie.sync', { v: 1, title, runId, ...narrowing }, { priority: 'person' });
    }
    expect(await canceller.cancel(runId)).toMatchObject({ withdrawnJobs: 2 });
  });

  test('a scan that waits for two runs goes when both are cancelled', async () => {
    const { requests } = installation;
    const scan = { serverIds: ['default'], trigger: 'cli', urgency: 'person' } as const;
    const runIds = [await requests.requestScan(scan), await requests.requestScan(scan)].map(
      ({ runId }) => runId,
    );
    expect(await canceller.cancel(runIds[0] ?? '')).toMatchObject({ withdrawnJobs: 0 });
    expect(await canceller.cancel(runIds[1] ?? '')).toMatchObject({ withdrawnJobs: 1 });
    expect(await installation.producer().backlog('scans')).toBe(0);
  });

  test('a scan that is cancelled takes none from requests for titles', async () => {
    const { config } = installation;
    const requests = installation.requestsOver(config.redis.url, {
      serverIds: ['default'],
      listingMaxAgeMs: 0,
    });
    const scan = { serverIds: ['default'], trigger: 'cli', urgency: 'person' } as const;
    const title = await requests.requestMovies(streamOf('100% Wolf'), byHand);
    expect(await canceller.cancel((await requests.requestScan(scan)).runId)).toMatchObject({
      withdrawnJobs: 1,
    });
    await installation.startWorker();
    expect(await installation.ended(title.runId)).toMatchObject({ status: 'done', counts: { planned: 1 } });
  });

  test('a scan stays for one that asks for it while it is withdrawn', async () => {
    const { requests, database } = installation;
    const scan = { serverIds: ['default'], trigger: 'cli', urgency: 'person' } as const;
    const producer = installation.producer();
    const withdraw = producer.waiting.withdraw.bind(producer.waiting);
    const late: string[] = [];
    jest.spyOn(producer.waiting, 'withdraw').mockImplementation(async (name, payload) => {
      const webhook = { ...scan, trigger: 'webhook', urgency: 'webhook' } as const;
      late.push((await requests.requestScan(webhook)).runId);
      return withdraw(name, payload);
    });
    const { runId } = await requests.requestScan(scan);
    const racing = new RunCanceller({ database, producer, now: () => new Date() });
    expect(await racing.cancel(runId)).toMatchObject({ withdrawnJobs: 0 });
    expect(late).toHaveLength(1);
    await installation.startWorker();
    expect(await installation.ended(late[0] ?? '')).toMatchObject({ status: 'done' });
  });

  test('an unknown run is RUN_UNKNOWN', async () => {
    await expect(canceller.cancel('f'.repeat(24))).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
  });
});
