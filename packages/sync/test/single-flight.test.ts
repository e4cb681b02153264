import type { RequestReceipt } from '@reelsync/sync';
import { waitFor } from '../../../tests/support';
import { streamOf } from '../../../tests/support/stream-of';
import { Installation } from './support/installation';

const BOTH = ['default', 'server2'];

describe('100 triggers of all kinds, two producers and two workers (OR-1, OR-2)', () => {
  test('at most one scan of a server is in flight, and every caller gets a run that ends', async () => {
    const installation = await Installation.create();
    try {
      const producers = [1, 2].map(() =>
        installation.requestsOver(installation.config.redis.url, { serverIds: BOTH, listingMaxAgeMs: 0 }),
      );
      await installation.startWorker();
      await installation.startWorker();
      for (const server of [installation.alpha, installation.beta])
        server.faults.add({ match: 'listing', latencyMs: 50 });
      const scans = overlap(installation);
      const signal = new AbortController().signal;
      const receipts = await Promise.all(
        Array.from({ length: 100 }, (_, index): Promise<RequestReceipt> => {
          const requests = producers[index % 2] ?? installation.requests;
          const webhook = { trigger: 'webhook', urgency: 'webhook' } as const;
          switch (index % 5) {
            case 0:
              return requests.requestScan({ ...webhook, serverIds: ['default'] });
            case 1:
              return requests.requestScan({ ...webhook, serverIds: ['server2'] });
            case 2:
              return requests.requestScan({ trigger: 'schedule', urgency: 'schedule', serverIds: BOTH });
            case 3:
              return requests.requestScan({ trigger: 'cli', urgency: 'person', serverIds: BOTH, full: true });
            default:
              return requests.requestMovies(streamOf('100% Wolf'), {
                trigger: 'cli',
                urgency: 'person',
                signal,
              });
          }
        }),
      );
      const runIds = receipts.map(({ runId }) => runId);
      const { runs: repository } = installation.database;
      await waitFor(async () => (await repository.findRunning(runIds)).size === 0, { timeoutMs: 80_000 });
      const runs = await Promise.all(runIds.map((runId) => installation.ended(runId)));
      expect(runs.map(({ status }) => status)).toEqual(Array(100).fill('done'));
      expect(new Set(runIds).size).toBe(100);
      expect(scans.most()).toBe(1);
    } finally {
      await installation.dispose();
    }
  }, 120_000);
});

/** Counts scans of one server between their first look at its listings and the end of their lease. */
function overlap({ database }: Installation): { most(): number } {
  const { listings } = database;
  const inFlight = new Map<string, number>();
  let most = 0;
  const load = listings.load.bind(listings);
  jest.spyOn(listings, 'load').mockImplementation(async (serverId, kind) => {
    // Each scan loads the state of each listing once, when it begins.
    const key = `${serverId}/${kind}`;
    inFlight.set(key, (inFlight.get(key) ?? 0) + 1);
    most = Math.max(most, inFlight.get(key) ?? 0);
    return load(serverId, kind);
  });
  const release = database.leases.release.bind(database.leases);
  jest.spyOn(database.leases, 'release').mockImplementation(async (lease) => {
    for (const kind of ['movies', 'tv']) inFlight.set(`${lease.key.replace('scan/', '')}/${kind}`, 0);
    return release(lease);
  });
  return { most: () => most };
}
