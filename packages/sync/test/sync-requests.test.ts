import { ReelsyncError, runIdsOf, SENTINELS } from '@reelsync/core';
import { compareCatalogue, expectedMovies } from '@reelsync/sample-library';
import { EventFeed, followRun, type ScanRequestOptions, type TitlesRequestOptions } from '@reelsync/sync';
import { closeUnits } from '../../../apps/worker/src/close-units';
import { waitFor } from '../../../tests/support';
import { streamOf } from '../../../tests/support/stream-of';
import { Installation } from './support/installation';

const MATRIX = 'The Matrix Reloaded (2003)';
const BOTH = ['default', 'server2'];
/** A port on which nothing listens. */
const NO_REDIS = 'redis://127.0.0.1:1';

const scanOf = (
  serverIds: readonly string[],
  more: Partial<ScanRequestOptions> = {},
): ScanRequestOptions => ({
  trigger: 'webhook',
  urgency: 'webhook',
  serverIds,
  ...more,
});
const byHand = (more: Partial<TitlesRequestOptions> = {}): TitlesRequestOptions => ({
  trigger: 'cli',
  urgency: 'person',
  signal: new AbortController().signal,
  ...more,
});

describe('requests', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create();
  });
  afterEach(() => installation.dispose());

  async function scanned(more: Partial<ScanRequestOptions> = {}) {
    const { runId } = await installation.requests.requestScan(scanOf(BOTH, more));
    return installation.ended(runId);
  }

  test('a scan request is a run first, then a job; the worker ends the run with exact counts', async () => {
    const { requests, database, alpha, beta } = installation;
    const receipt = await requests.requestScan(scanOf(['server2', 'default'], { requester: 'default' }));
    expect(receipt).toEqual({ runId: expect.stringMatching(/^[0-9a-f]{24}$/), status: 'created' });
    expect(await database.runs.get(receipt.runId)).toMatchObject({
      status: 'running',
      trigger: 'webhook',
      requester: 'default',
      scope: { kind: 'servers', serverIds: BOTH, full: false, force: false },
      counts: { planned: 0 },
    });

    await installation.startWorker();
    const run = await installation.ended(receipt.runId);
    const titles = await database.movies.count();
    expect(run).toMatchObject({
      status: 'done',
      counts: { planned: titles, created: titles - 1, updated: 0, unchanged: 0, skipped: 0, failed: 1 },
    });
    expect(run.servers).toMatchObject([{ serverId: 'default' }, { serverId: 'server2' }]);
    expect((await installation.endings(receipt.runId))['Bad Metadata']).toBe('METADATA_INVALID');
    const oracle = [alpha, beta].map(({ id, baseUrl, prefix, library }, index) => ({
      ...{ id, baseUrl, prefix, library },
      priority: index + 1,
    }));
    const { missing, unexpected, differences } = await compareCatalogue(
      expectedMovies(oracle),
      database.movies.findAll(),
    );
    expect({ missing, unexpected }).toEqual({ missing: [], unexpected: [] });
    // The stub of a title whose metadata cannot be read (ST-M4).
    expect(differences).toMatchObject([{ title: 'Bad Metadata', field: 'metadata' }]);
  });

  test('two requests for one scan merge into one job, and both runs end (B-28, EV-4)', async () => {
    const { requests, alpha } = installation;
    const first = await requests.requestScan(scanOf(BOTH));
    const second = await requests.requestScan(scanOf(BOTH));
    expect([first.status, second.status]).toEqual(['created', 'merged']);
    await installation.startWorker();
    const [one, two] = [await installation.ended(first.runId), await installation.ended(second.runId)];
    expect([one.status, two.status]).toEqual(['done', 'done']);
    expect(one.counts.planned).toBeGreaterThan(10);
    // The job was made for the first one: what it created is told there, and only there.
    expect(two.counts).toMatchObject({ planned: one.counts.planned, created: 0, merged: one.counts.created });
    expect(two.servers).toEqual(one.servers);
    // Of each of its two listings: one to read, one to check the hashes against; not twice that.
    expect(alpha.stats().classes.listing.requests).toBe(4);
  });

  test('Scenario 12 (B-28, OR-2): a trigger during a running sync leads to exactly one follow-up; all callers get a terminal event', async () => {
    const { requests, alpha, database, config } = installation;
    const { url, prefix } = config.redis;
    const feed = new EventFeed({ url, prefix, historySize: 1000, database, onError: () => undefined });
    const ends: string[] = [];
    feed.bus.subscribeToAll((event) => {
      if (event.entityId === SENTINELS.runEnded && event.type === 'complete') ends.push(...runIdsOf(event));
    });
    await feed.start();
    try {
      await installation.startWorker();
      const fault = alpha.faults.add({ match: 'listing', latencyMs: 400 });
      const first = await requests.requestScan(scanOf(BOTH));
      await waitFor(() => alpha.stats().classes.listing.requests > 0);
      const later = [await requests.requestScan(scanOf(BOTH)), await requests.requestScan(scanOf(BOTH))];
      alpha.faults.remove(fault);
      const runs = [first, ...later].map(({ runId }) => installation.ended(runId));
      expect((await Promise.all(runs)).map(({ status }) => status)).toEqual(['done', 'done', 'done']);
      expect(alpha.stats().classes.listing).toMatchObject({ requests: 6, notModified: 4 });
      const callers = [first, ...later].map(({ runId }) => runId).sort();
      await waitFor(() => ends.length >= callers.length);
      expect(ends.sort()).toEqual(callers);
    } finally {
      await feed.close();
    }
  });

  test('scans that ask for different things do not merge', async () => {
    const { requests } = installation;
    const statuses = [
      await requests.requestScan(scanOf(BOTH)),
      await requests.requestScan(scanOf(['default'])),
      await requests.requestScan(scanOf(BOTH, { full: true })),
      await requests.requestScan(scanOf(BOTH, { acceptShrunken: true })),
    ].map(({ status }) => status);
    expect(statuses).toEqual(['created', 'created', 'created', 'created']);
  });

  test('an unknown title ends the run with TITLE_UNKNOWN for that title', async () => {
    await installation.startWorker();
    await scanned();
    const { runId } = await installation.requests.requestMovies(streamOf(MATRIX, 'No Such Title'), byHand());
    const run = await installation.ended(runId);
    expect(run).toMatchObject({ status: 'done', counts: { planned: 2, unchanged: 1, failed: 1 } });
    expect(await installation.endings(runId)).toEqual({
      [MATRIX]: 'unchanged',
      'No Such Title': 'TITLE_UNKNOWN',
    });
  });

  test('forcing an unknown title leaves no mark that every later scan would plan', async () => {
    await installation.startWorker();
    await scanned();
    const forced = await installation.requests.requestMovies(
      streamOf(MATRIX, 'No Such Title'),
      byHand({ force: true }),
    );
    await installation.ended(forced.runId);
    expect(await installation.endings(forced.runId)).toMatchObject({ 'No Such Title': 'TITLE_UNKNOWN' });
    expect(installation.alpha.stats().classes.metadata.byStatus['304']).toBe(1);
    expect((await scanned()).counts.planned).toBe(0);
  });

  test('all titles of the inventory; no title at all ends at once', async () => {
    await installation.startWorker();
    const first = await scanned();
    const { runId } = await installation.requests.requestMovies('all', byHand());
    expect((await installation.ended(runId)).counts).toMatchObject({
      planned: first.counts.planned,
      unchanged: first.counts.planned - 1,
      failed: 1,
    });
    const none = await installation.requests.requestMovies(streamOf(), byHand());
    expect(await installation.ended(none.runId)).toMatchObject({ status: 'done', counts: { planned: 0 } });
  });

  test('some operations only', async () => {
    await installation.startWorker();
    await scanned();
    const { runId } = await installation.requests.requestMovies(
      streamOf(MATRIX),
      byHand({ operations: ['assets'] }),
    );
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
  });

  test.each(['scan', 'titles'])(
    'Redis is down (%s): the run ends as failed and the error is thrown',
    async (what) => {
      const requests = installation.requestsOver(NO_REDIS);
      const request =
        what === 'scan'
          ? requests.requestScan(scanOf(BOTH))
          : requests.requestMovies(streamOf(MATRIX), byHand());
      await expect(request).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
      const [run] = await installation.database.runs.list({ limit: 1 });
      expect(run).toMatchObject({ status: 'failed', error: { code: 'QUEUE_UNAVAILABLE' } });
      expect(await installation.ended(run?.id ?? '')).toMatchObject({ counts: { failed: 0 } });
    },
  );

  test("an outage of Redis does not end the same title in another request's run", async () => {
    const { requests } = installation;
    await installation.startWorker();
    await scanned();
    installation.alpha.faults.add({ match: 'metadata', latencyMs: 500 });
    const waiting = await requests.requestMovies(streamOf(MATRIX), byHand({ force: true }));
    const failing = installation.requestsOver(NO_REDIS).requestMovies(streamOf(MATRIX), byHand());
    await expect(failing).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(await installation.ended(waiting.runId)).toMatchObject({ counts: { unchanged: 1, failed: 0 } });
  });

  test('counts are exact when a unit is planned by two runs', async () => {
    const { requests } = installation;
    await installation.startWorker();
    await scanned();
    installation.alpha.faults.add({ match: 'metadata', latencyMs: 200 });
    const receipts = await Promise.all([
      requests.requestMovies(streamOf(MATRIX, MATRIX, '100% Wolf'), byHand({ force: true })),
      requests.requestMovies(streamOf(MATRIX), byHand({ force: true })),
    ]);
    const [two, one] = await Promise.all(receipts.map(({ runId }) => installation.ended(runId)));
    expect(two?.counts).toMatchObject({ planned: 2, unchanged: 2, failed: 0 });
    expect(one?.counts).toMatchObject({ planned: 1, unchanged: 1, failed: 0 });
  });

  test('the children of a show become part of every run that its job answers, not only of its own', async () => {
    const released: unknown[] = [];
    const close = closeUnits({
      runs: installation.database.runs,
      children: {
        release: (unit, { runIds }) => {
          released.push([unit, runIds]);
          return Promise.resolve();
        },
      },
      claims: { of: () => Promise.resolve([]) },
      listedFirst: { giveUp: () => Promise.resolve(), resume: () => Promise.resolve() },
      watcher: { lookSoon: () => Promise.resolve() },
      onClosed: () => undefined,
    });
    const at = new Date();
    await close(
      {
        name: 'show.sync',
        payload: { v: 1, title: 'Breaking Point', runId: 'own' },
        jobId: '1',
        priority: 'bulk',
        finishedAt: at,
        status: 'completed',
        final: true,
        result: { outcome: 'unchanged' },
      },
      ['own', 'merged'],
    );
    expect(released).toEqual([[{ kind: 'show', title: 'Breaking Point' }, ['merged', 'own']]]);
  });

  test('counts are exact when the end of a job is told twice', async () => {
    const { database } = installation;
    const { runId } = await installation.requests.requestMovies(streamOf(MATRIX, '100% Wolf'), byHand());
    const close = closeUnits({
      runs: database.runs,
      children: { release: () => Promise.resolve() },
      claims: { of: () => Promise.resolve([]) },
      listedFirst: { giveUp: () => Promise.resolve(), resume: () => Promise.resolve() },
      watcher: { lookSoon: () => Promise.resolve() },
      onClosed: () => undefined,
    });
    const at = new Date();
    for (const outcome of ['created', 'updated'] as const) {
      await close(
        {
          name: 'movie.sync',
          payload: { v: 1, title: MATRIX },
          jobId: '1',
          priority: 'person',
          finishedAt: at,
          status: 'completed',
          final: true,
          result: { outcome },
        },
        [runId],
      );
    }
    expect(await database.runs.settle(at)).toEqual([]);
    expect(await database.runs.get(runId)).toMatchObject({
      status: 'running',
      counts: { planned: 2, created: 1, updated: 0 },
    });
  });

  test('only a scan that title requests had asked for ends their wait when it fails for good', async () => {
    const released: string[] = [];
    const close = closeUnits({
      runs: installation.database.runs,
      children: { release: () => Promise.resolve() },
      claims: { of: () => Promise.resolve([]) },
      listedFirst: {
        giveUp: (serverIds, reader) => Promise.resolve(void released.push(`${reader}: ${serverIds.join()}`)),
        resume: () => Promise.resolve(),
      },
      watcher: { lookSoon: () => Promise.resolve() },
      onClosed: () => undefined,
    });
    const scan = { v: 1 as const, serverIds: ['default'], full: false, force: false, acceptShrunken: false };
    for (const [jobId, payload] of [
      ['theirs', { ...scan, awaited: true as const }],
      ['other', scan],
    ] as const)
      await close(
        {
          name: 'library.scan',
          payload,
          jobId,
          priority: 'bulk',
          finishedAt: new Date(),
          status: 'failed',
          final: true,
          error: new ReelsyncError('SERVER_NOT_CONFIGURED', 'gone'),
        },
        [],
      );
    expect(released).toEqual(['theirs: default']);
  });

  test('a scan that fails for good ends its run as failed (EV-4)', async () => {
    await installation.startWorker();
    const { runId } = await installation.requests.requestScan(scanOf(['default', 'server9']));
    expect(await installation.ended(runId, 3000)).toMatchObject({
      status: 'failed',
      error: { code: 'SERVER_NOT_CONFIGURED' },
    });
  });

  describe('followRun', () => {
    test('yields the state until the run has ended, the last state last', async () => {
      const { runs } = installation.database;
      const { runId } = await installation.requests.requestMovies(streamOf(MATRIX), byHand());
      const seen: string[] = [];
      for await (const { status } of followRun(runs, runId, {
        signal: new AbortController().signal,
        intervalMs: 1,
      })) {
        seen.push(status);
        if (seen.length === 3)
          await runs.fail(runId, { code: 'UNEXPECTED', message: 'given up' }, new Date());
      }
      expect(seen).toEqual(['running', 'running', 'running', 'failed']);
    });

    test('an unknown run is RUN_UNKNOWN; an aborted signal ends the waiting', async () => {
      const { runs } = installation.database;
      const stop = new AbortController();
      const follow = async (id: string): Promise<void> => {
        for await (const { id: seen } of followRun(runs, id, { signal: stop.signal })) {
          expect(seen).toBe(id);
          stop.abort();
        }
      };
      await expect(follow('0'.repeat(24))).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
      const { runId } = await installation.requests.requestMovies(streamOf(MATRIX), byHand());
      await expect(follow(runId)).rejects.toMatchObject({ name: 'AbortError' });
    });
  });
});
