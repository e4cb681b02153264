import { ReelsyncError } from '@reelsync/core';
import type { ScanRequestOptions } from '@reelsync/sync';
import { waitFor } from '../../../tests/support';
import { Installation } from './support/installation';

/** A listing takes so long that two scans at once would meet on the server. */
const LISTING_MS = 300;

let installation: Installation;
beforeEach(async () => {
  installation = await Installation.create();
});
afterEach(() => installation.dispose());

async function request(serverIds: readonly string[], more: Partial<ScanRequestOptions> = {}) {
  const { requests } = installation;
  return requests.requestScan({ trigger: 'webhook', urgency: 'webhook', serverIds, ...more });
}

test('OR-1: a server is never scanned twice at a time, however many workers and requests there are; OR-6: no change, no more than the listings', async () => {
  const { alpha } = installation;
  await Promise.all([installation.startWorker(), installation.startWorker()]);
  const { runId } = await request(['default', 'server2']);
  await installation.ended(runId);

  // Nothing has changed, so all that a scan asks for are the two listings, at once.
  alpha.resetStats();
  alpha.faults.add({ match: 'listing', latencyMs: LISTING_MS });
  const receipts = await Promise.all([
    request(['default', 'server2']),
    request(['default']),
    request(['default', 'server2'], { acceptShrunken: true }),
    request(['default'], { acceptShrunken: true }),
  ]);
  expect(receipts.map(({ status }) => status)).toEqual(['created', 'created', 'created', 'created']);
  const runs = await Promise.all(receipts.map((receipt) => installation.ended(receipt.runId)));
  expect(runs.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
  expect(alpha.stats()).toMatchObject({ requests: 2 * receipts.length, maxConcurrent: 2 });
});

test('a scan that fails for good ends the runs that waited for it, and none that was requested meanwhile', async () => {
  const { alpha, database } = installation;
  await installation.startWorker();
  alpha.faults.add({ match: 'listing', latencyMs: LISTING_MS });
  const broken = new ReelsyncError('JOB_PAYLOAD_INVALID', 'fails for good, on purpose');
  jest.spyOn(database.runs, 'recordServers').mockRejectedValueOnce(broken);
  const failing = await request(['default']);
  await waitFor(() => alpha.stats().classes.listing.requests > 0);
  const later = await request(['default']);
  expect([failing.status, later.status]).toEqual(['created', 'merged']);

  const first = await installation.ended(failing.runId);
  const second = await installation.ended(later.runId);
  expect([first, second]).toMatchObject([
    { status: 'failed', error: { code: broken.code } },
    { status: 'done' },
  ]);
  // The later one ended with a scan of its own, which began when the first had ended and read the listings again.
  expect(Number(second.finishedAt) - Number(first.finishedAt)).toBeGreaterThanOrEqual(LISTING_MS / 2);
  expect(await database.runs.list({ limit: 10 })).toHaveLength(2);
});
