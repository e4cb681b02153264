import { RunCanceller, type ScanRequestOptions } from '@reelsync/sync';
import { Installation } from './support/installation';

const scan: ScanRequestOptions = { serverIds: ['default', 'server2'], trigger: 'cli', urgency: 'person' };

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
});
