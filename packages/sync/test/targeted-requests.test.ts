import { PRIORITIES } from '@reelsync/queue';
import { createLogger } from '@reelsync/runtime';
import {
  openRequests,
  RunCanceller,
  type SyncRequestsOptions,
  type TitlesRequestOptions,
} from '@reelsync/sync';
import { libraryScanHandler } from '../../../apps/worker/src/handlers/library-scan';
import { ScanClaims } from '../../../apps/worker/src/scan-claims';
import { waitFor } from '../../../tests/support';
import { streamOf } from '../../../tests/support/stream-of';
import { Installation } from './support/installation';

const MATRIX = 'The Matrix Reloaded (2003)';
const NEW = 'Some New Film (2024)';
const BOTH = ['default', 'server2'];
const byHand: TitlesRequestOptions = {
  trigger: 'cli',
  urgency: 'person',
  signal: new AbortController().signal,
};

describe('requests for single titles read no whole listing', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create({
      movies: [MATRIX, '100% Wolf', '1923'],
      onlyShows: [],
    });
    await installation.startWorker();
    const scan = { serverIds: BOTH, trigger: 'cli', urgency: 'person' } as const;
    await installation.ended((await installation.requests.requestScan(scan)).runId);
    installation.alpha.resetStats();
  });
  afterEach(() => installation.dispose());

  const requestsOf = (options: SyncRequestsOptions = {}) =>
    installation.requestsOver(installation.config.redis.url, { serverIds: BOTH, ...options });
  /** Requests for which every listing is too old. */
  const stale = () => requestsOf({ listingMaxAgeMs: 0 });
  const listings = () => installation.alpha.stats().classes.listing;

  test('a listing that was read lately is believed', async () => {
    const { runId } = await requestsOf().requestMovies(streamOf(MATRIX), byHand);
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
    expect(listings().requests).toBe(0);
  });

  test('otherwise one conditional request of each listing serves all that come meanwhile', async () => {
    const fault = installation.alpha.faults.add({ match: 'listing', latencyMs: 300 });
    const requests = stale();
    const receipts = await Promise.all(
      Array.from({ length: 20 }, () => requests.requestMovies(streamOf(MATRIX), byHand)),
    );
    const runs = await Promise.all(receipts.map(({ runId }) => installation.ended(runId)));
    installation.alpha.faults.remove(fault);
    expect(runs.map(({ status }) => status)).toEqual(Array(20).fill('done'));
    expect(listings()).toMatchObject({ requests: 2, notModified: 2 });
  });

  test('a person who asks while the scan waits for its turn makes it as urgent, and asks for no second one', async () => {
    const { scans } = installation.queues();
    await scans.pause();
    const bySchedule = { ...byHand, trigger: 'schedule', urgency: 'schedule' } as const;
    const receipts = [
      await stale().requestMovies(streamOf(MATRIX), bySchedule),
      await stale().requestMovies(streamOf(MATRIX), byHand),
    ];
    const waiting = await scans.getJobs(['delayed', 'prioritized', 'waiting']);
    expect(waiting.map(({ name, priority }) => [name, priority])).toEqual([
      ['library.scan', PRIORITIES.person],
      ['library.scan', PRIORITIES.person],
    ]);
    await scans.resume();
    for (const { runId } of receipts)
      expect(await installation.ended(runId)).toMatchObject({ status: 'done' });
    expect(listings()).toMatchObject({ requests: 2 });
  });

  test('requests that need different servers ask none of them twice', async () => {
    const { connection } = installation;
    const { scans } = installation.queues();
    await scans.pause();
    const listed = async (serverId: string, checkedAt: Date) =>
      connection.state
        .collection('listings')
        .updateMany({ serverId }, { $set: { checkedAt, 'lastAttempt.at': checkedAt } });
    const longAgo = new Date(Date.now() - 3_600_000);
    installation.beta.resetStats();
    await listed('default', longAgo);
    const first = await requestsOf().requestMovies(streamOf(MATRIX), byHand);
    await listed('server2', longAgo);
    const second = await requestsOf().requestMovies(streamOf(MATRIX), byHand);
    await listed('default', new Date());
    const third = await requestsOf().requestMovies(streamOf(MATRIX), byHand);
    await scans.resume();
    for (const { runId } of [first, second, third])
      expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
    expect(listings()).toMatchObject({ requests: 2, notModified: 2 });
    expect(installation.beta.stats().classes.listing).toMatchObject({ requests: 2, notModified: 2 });
  });

  const reader = () => installation.listedFirst();
  const nothing = () => Promise.resolve();
  const unstarted = async () => {
    const counts = await installation.producer().counts();
    return (counts.movies?.prioritized ?? 0) + (counts.movies?.waiting ?? 0) === 0;
  };

  test('a title starts when the last of its servers has been read, and no job before that answers for it', async () => {
    const { database } = installation;
    await installation.queues().scans.pause();
    const { runId } = await stale().requestMovies(streamOf(MATRIX), byHand);
    const done = async () =>
      installation.ended((await requestsOf().requestMovies(streamOf(MATRIX), byHand)).runId);
    await reader().around('default', nothing, 'reader');
    expect(await unstarted()).toBe(true);
    await done();
    expect(await database.runs.get(runId)).toMatchObject({ status: 'running' });
    await reader().around('server2', nothing, 'reader');
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
  });

  test('whoever reads a server answers all who wait for it: the scans that they asked for read nothing then', async () => {
    const { scans } = installation.queues();
    await scans.pause();
    installation.beta.resetStats();
    const { runId } = await stale().requestMovies(streamOf(MATRIX), byHand);
    for (const serverId of BOTH) await reader().around(serverId, nothing, 'reader');
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
    await scans.resume();
    await waitFor(async () => (await scans.getJobCountByTypes('completed')) === 3);
    expect([listings().requests, installation.beta.stats().classes.listing.requests]).toEqual([0, 0]);
  });

  test.each([
    ['as long as a listing is fresh', 59_000, 'done'],
    ['longer', 61_000, 'running'],
  ])('who comes while a server is read, which takes %s, is answered or not', async (_, tookMs, status) => {
    const { scans } = installation.queues();
    await scans.pause();
    const ask = async () => (await stale().requestMovies(streamOf(MATRIX), byHand)).runId;
    const times = [0, tookMs];
    const slow = installation.listedFirst({ elapsedMs: () => times.shift() ?? 0 });
    const first = await ask();
    await reader().around('server2', nothing, 'reader');
    const late = await slow.around(
      'default',
      async () => {
        const runId = await ask();
        await reader().around('server2', nothing, 'reader');
        return runId;
      },
      'slow',
    );
    await installation.ended(first);
    await waitFor(async () => (await installation.database.runs.get(late))?.status === status);
    await scans.resume();
    expect(await installation.ended(late)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
  });

  test('a server that cannot be scanned for good holds nobody up', async () => {
    const requests = requestsOf({ serverIds: ['default', 'unknown'], listingMaxAgeMs: 0 });
    const { runId } = await requests.requestMovies(streamOf(MATRIX), byHand);
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
  });

  test('a worker that dies before it starts the units leaves them to its job, or to the sweep', async () => {
    const { database } = installation;
    await installation.queues().scans.pause();
    for (const goOn of [() => reader().resume(BOTH, 'dead'), () => reader().revive(new Date())]) {
      const { runId } = await stale().requestMovies(streamOf(MATRIX), byHand);
      for (const serverId of BOTH) await database.runs.listings.read(serverId, [runId], `dead/${serverId}`);
      expect(await database.runs.get(runId)).toMatchObject({ status: 'running' });
      await goOn();
      expect(await installation.ended(runId)).toMatchObject({ status: 'done' });
    }
  });

  test('a scan that was interrupted after it had read still plans what it had found', async () => {
    const { database } = installation;
    await installation.queues().scans.pause();
    const { runId } = await stale().requestMovies(streamOf(MATRIX), byHand);
    const read: (readonly string[])[] = [];
    const broken = new Error('interrupted');
    const handler = libraryScanHandler({
      scans: {
        scan: async ({ serverIds, unread = serverIds, aroundServer }) => {
          read.push(unread);
          for (const id of unread) await aroundServer?.(id, nothing);
          if (read.length === 1) throw broken;
          return { servers: [], planned: 7 };
        },
      },
      claims: new ScanClaims(database.runs),
      listedFirst: reader(),
      onPlanned: () => undefined,
    });
    const payload = {
      v: 1 as const,
      serverIds: ['default'],
      full: false,
      force: false,
      acceptShrunken: false,
      awaited: true as const,
    };
    const start = (starts: number) =>
      handler(payload, {
        signal: byHand.signal,
        job: {
          id: 'job',
          name: 'library.scan',
          attempt: 1,
          attempts: 3,
          starts,
          enqueuedAt: new Date(),
        },
        logger: createLogger({ name: 'test', level: 'silent' }),
        reportProgress: () => undefined,
        reportStep: () => undefined,
      });
    await expect(start(1)).rejects.toBe(broken);
    expect(await start(2)).toMatchObject({ planned: 7 });
    expect(await start(1)).toMatchObject({ outcome: 'skipped', planned: 0 });
    expect(read).toEqual([['default'], []]);
    expect(await database.runs.listings.findAwaiting('server2')).toEqual([runId]);
  });

  test('one that was read between the look at the listings and the record of the run is not asked again', async () => {
    const { database, connection } = installation;
    const longAgo = new Date(Date.now() - 3_600_000);
    await connection.state
      .collection('listings')
      .updateMany({}, { $set: { checkedAt: longAgo, 'lastAttempt.at': longAgo } });
    const create = database.runs.create.bind(database.runs);
    jest.spyOn(database.runs, 'create').mockImplementationOnce(async (run) => {
      const now = new Date();
      await connection.state
        .collection('listings')
        .updateMany({ serverId: 'default' }, { $set: { checkedAt: now, 'lastAttempt.at': now } });
      return create(run);
    });
    const { runId } = await requestsOf().requestMovies(streamOf(MATRIX), byHand);
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
    expect(listings().requests).toBe(0);
  });

  test('a request that is cancelled while it is planned adds nothing to its counts, and starts nothing (decision 0020)', async () => {
    const { database } = installation;
    await installation.queues().scans.pause();
    const canceller = new RunCanceller({
      database,
      producer: installation.producer(),
      now: () => new Date(),
    });
    async function* titles(): AsyncGenerator<string> {
      for (let index = 0; index < 600; index += 1) yield `No Such Title ${index}`;
      const [run] = await database.runs.list({ limit: 1, kinds: ['titles'] });
      await canceller.cancel(run?.id ?? '');
      for (let index = 600; index < 1200; index += 1) yield `No Such Title ${index}`;
    }
    const { runId } = await stale().requestMovies(titles(), byHand);
    const run = await database.runs.get(runId);
    expect(run).toMatchObject({ status: 'cancelled' });
    expect(run?.counts.skipped).toBe(run?.counts.planned);
    for (const serverId of BOTH) await reader().around(serverId, nothing, 'reader');
    expect(await unstarted()).toBe(true);
    expect(await database.runs.get(runId)).toEqual(run);
  });

  test('a job that begins before the listing is read does not answer who waits for that, but hurries', async () => {
    const { database } = installation;
    const { scans, movies } = installation.queues();
    await Promise.all([scans.pause(), movies.pause()]);
    const bySchedule = { ...byHand, trigger: 'schedule', urgency: 'schedule' } as const;
    const earlier = await requestsOf().requestMovies(streamOf(MATRIX), bySchedule);
    const { runId } = await stale().requestMovies(streamOf(MATRIX), byHand);
    const waiting = await movies.getJobs(['delayed', 'prioritized', 'waiting']);
    expect(waiting.map(({ priority }) => priority)).toEqual([PRIORITIES.person]);

    await movies.resume();
    expect(await installation.ended(earlier.runId)).toMatchObject({ counts: { unchanged: 1 } });
    expect(await database.runs.get(runId)).toMatchObject({ status: 'running' });
    installation.alpha.library.replacePoster(MATRIX);
    // The scan of the other server finds the change first, and leaves it to who waits for both.
    installation.beta.faults.add({ match: 'listing', latencyMs: 700 });
    await scans.resume();
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { updated: 1 } });
  });

  test('a title that is new on the server is found by it', async () => {
    installation.alpha.library.addMovie(NEW);
    const { runId } = await stale().requestMovies(streamOf(NEW), byHand);
    const run = await installation.ended(runId);
    expect(run).toMatchObject({ status: 'done', scope: { kind: 'titles', titles: [NEW] } });
    expect(run.counts).toMatchObject({ planned: 1, failed: 0 });
  });

  test('a title that the queue refuses ends as failed all the same (EV-4)', async () => {
    const { runId } = await stale().requestMovies(streamOf('x'.repeat(1001)), byHand);
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { failed: 1 } });
  });

  test('a server that is down does not hold the title up: what it held last counts (AV-4)', async () => {
    installation.alpha.faults.add({ match: 'listing', status: 503 });
    installation.beta.faults.add({ match: 'listing', status: 503 });
    const { runId } = await stale().requestMovies(streamOf(MATRIX), byHand);
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
  });

  test('what is planned after its servers have been read starts all the same', async () => {
    await installation.queues().scans.pause();
    async function* planned(): AsyncGenerator<string> {
      // The run is stored after the first ten.
      for (let index = 0; index < 10; index += 1) yield `No Such Title ${index}`;
      for (const serverId of BOTH) await reader().around(serverId, nothing, 'reader');
      yield MATRIX;
    }
    const { runId } = await stale().requestMovies(planned(), byHand);
    expect(await installation.ended(runId)).toMatchObject({
      status: 'done',
      counts: { planned: 11, unchanged: 1, failed: 10 },
    });
  });

  test('a server that is not to be read holds nobody up (AV-4)', async () => {
    await installation.database.serverHolds.hold('server2', new Date(), new Date(Date.now() + 3_600_000));
    installation.alpha.library.replacePoster(MATRIX);
    const { runId } = await stale().requestMovies(streamOf(MATRIX), byHand);
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { updated: 1 } });
  });

  test('a server that is named twice is read once (OR-1)', async () => {
    const scan = { serverIds: ['default', 'default'], trigger: 'cli', urgency: 'person' } as const;
    await installation.ended((await installation.requests.requestScan(scan)).runId);
    expect(listings()).toMatchObject({ requests: 2, notModified: 2 });
  });

  test('everything of a kind is taken from the inventory as it is', async () => {
    const { runId } = await stale().requestMovies('all', byHand);
    expect(await installation.ended(runId)).toMatchObject({
      status: 'done',
      scope: { kind: 'domain', domain: 'movies' },
    });
    expect(listings().requests).toBe(0);
  });

  test('the configuration decides which servers are asked, how old a listing may be, and how long a change is waited for', async () => {
    const { config, database } = installation;
    const producer = installation.producer();
    const sync = { ...config.sync, listingMaxAgeMs: 0, titleWatchLimitMs: 123_000 };
    const servers = config.servers.map((server) => ({ ...server, enabled: server.id === 'default' }));
    const now = () => new Date(5_000_000_000_000);
    const requests = openRequests({ config: { sync, servers }, database, producer, now });
    const scan = { kind: 'movie', title: NEW, trigger: 'webhook' } as const;
    await requests.requestTitleUntilListed(scan);
    expect(await database.titleWatches.find()).toMatchObject([
      { serverIds: ['default'], giveUpAt: new Date(5_000_000_123_000) },
    ]);

    installation.beta.resetStats();
    const patient = openRequests({ config, database, producer });
    await installation.ended((await patient.requestMovies(streamOf(MATRIX), byHand)).runId);
    expect(listings().requests).toBe(0);
    const eager = openRequests({ config: { sync, servers }, database, producer });
    await installation.ended((await eager.requestMovies(streamOf(MATRIX), byHand)).runId);
    expect(listings().requests).toBeGreaterThan(0);
    expect(installation.beta.stats().classes.listing.requests).toBe(0);
  });
});
