import { RunCanceller, type ScanRequestOptions, type TitlesRequestOptions } from '@reelsync/sync';
import { SyncRequests } from '../src/requests/sync-requests';
import { Installation } from './support/installation';
import { streamOf } from '../../../tests/support/stream-of';

const scan: ScanRequestOptions = { serverIds: ['default', 'server2'], trigger: 'cli', urgency: 'person' };
const byHand: TitlesRequestOptions = {
  trigger: 'cli',
  urgency: 'person',
  signal: new AbortController().signal,
};

describe('cancelling a run while its units are planned (decision 0020)', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await installation.dispose();
  });

  const now = () => new Date();
  /** Cancels whatever runs. */
  async function cancelAll(): Promise<void> {
    const { database } = installation;
    const canceller = new RunCanceller({ database, producer: installation.producer(), now });
    for (const { id } of await database.runs.list({ limit: 10, status: 'running' }))
      await canceller.cancel(id);
  }

  test('a run that is cancelled while its scan reads the listings gets no unit; what is created is told to the other one', async () => {
    const { database, requests } = installation;
    const canceller = new RunCanceller({ database, producer: installation.producer(), now });
    const cancelled = await requests.requestScan(scan);
    const other = await requests.requestScan(scan);
    const recordServers = database.runs.recordServers.bind(database.runs);
    // What a scan does between reading the listings and planning the first unit.
    jest.spyOn(database.runs, 'recordServers').mockImplementationOnce(async (...found) => {
      await canceller.cancel(cancelled.runId);
      return recordServers(...found);
    });
    await installation.startWorker();
    const { counts } = await installation.ended(other.runId);
    expect(counts.created).toBeGreaterThan(0);
    expect(counts.merged).toBe(0);
    expect(await installation.endings(cancelled.runId)).toEqual({});
    expect(await database.runs.get(cancelled.runId)).toMatchObject({
      status: 'cancelled',
      counts: { planned: 0 },
    });
  });

  test.each(['before its units are written', 'before their jobs exist', 'after'])(
    'no job is left of a chunk that was on its way, cancelled %s',
    async (moment) => {
      const { database } = installation;
      const producer = installation.producer();
      const plan = database.runs.plan.bind(database.runs);
      jest.spyOn(database.runs, 'plan').mockImplementationOnce(async (...units) => {
        if (moment === 'before its units are written') await cancelAll();
        return plan(...units);
      });
      const enqueueMany = producer.enqueueMany.bind(producer);
      const racing: typeof enqueueMany = async (...jobs) => {
        if (moment === 'before their jobs exist') await cancelAll();
        const results = await enqueueMany(...jobs);
        if (moment === 'after') await cancelAll();
        return results;
      };
      jest.spyOn(producer, 'enqueueMany').mockImplementation(racing);
      const requests = new SyncRequests(database, producer);
      const { runId } = await requests.requestMovies(streamOf('100% Wolf', '1923'), byHand);
      expect(await producer.backlog('movies')).toBe(0);
      expect(await installation.endings(runId)).toEqual({
        '100% Wolf': 'RUN_CANCELLED',
        '1923': 'RUN_CANCELLED',
      });
      expect(await database.runs.get(runId)).toMatchObject({
        status: 'cancelled',
        counts: { planned: 2, skipped: 2 },
      });
    },
  );

  test('of a chunk that was on its way, what others wait for keeps its job', async () => {
    const { database } = installation;
    const producer = installation.producer();
    const enqueueMany = producer.enqueueMany.bind(producer);
    let other: string | undefined;
    const racing: typeof enqueueMany = async (...jobs) => {
      await cancelAll();
      other = (await installation.requests.requestMovies(streamOf('1923'), byHand)).runId;
      return enqueueMany(...jobs);
    };
    jest.spyOn(producer, 'enqueueMany').mockImplementation(racing);
    await new SyncRequests(database, producer).requestMovies(streamOf('100% Wolf', '1923'), byHand);
    expect(await producer.backlog('movies')).toBe(1);
    expect(await installation.endings(other ?? '')).toEqual({ '1923': 'open' });
  });

  test('a run that is cancelled while a chunk of its scan is planned is told nothing of it', async () => {
    const { database, requests } = installation;
    const canceller = new RunCanceller({ database, producer: installation.producer(), now });
    const cancelled = await requests.requestScan(scan);
    const other = await requests.requestScan(scan);
    const plan = database.runs.plan.bind(database.runs);
    jest.spyOn(database.runs, 'plan').mockImplementationOnce(async (...units) => {
      await canceller.cancel(cancelled.runId);
      return plan(...units);
    });
    await installation.startWorker();
    const { counts } = await installation.ended(other.runId);
    expect([counts.created > 0, counts.merged]).toEqual([true, 0]);
    const { planned, skipped } = (await database.runs.get(cancelled.runId))?.counts ?? {};
    expect([planned !== undefined && planned > 0, skipped]).toEqual([true, planned]);
  });
});
