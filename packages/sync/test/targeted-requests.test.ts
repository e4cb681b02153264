import { createQueues, PRIORITIES } from '@reelsync/queue';
import { openRequests, type SyncRequestsOptions, type TitlesRequestOptions } from '@reelsync/sync';
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
    installation = await Installation.create({ shows: 2, movies: [MATRIX, '100% Wolf', '1923'] });
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
    const { config } = installation;
    const { scans } = createQueues({
      connection: installation.redis(config.redis.url, 'producer'),
      prefix: config.redis.prefix,
    });
    await scans.pause();
    const bySchedule = { ...byHand, trigger: 'schedule', urgency: 'schedule' } as const;
    const receipts = [
      await stale().requestMovies(streamOf(MATRIX), bySchedule),
      await stale().requestMovies(streamOf(MATRIX), byHand),
    ];
    const waiting = await scans.getJobs(['delayed', 'prioritized', 'waiting']);
    expect(waiting.map(({ name, priority }) => [name, priority])).toEqual([
      ['library.scan', PRIORITIES.person],
    ]);
    await scans.resume();
    for (const { runId } of receipts)
      expect(await installation.ended(runId)).toMatchObject({ status: 'done' });
    expect(listings()).toMatchObject({ requests: 2 });
    await scans.close();
  });

  test.each([
    ['is still to read it', -3_600_000, [BOTH]],
    ['has read it, but too long ago', 0, [BOTH, ['server2']]],
  ])('a request of which one server was read shares the scan of both that %s', async (_, readMs, scanned) => {
    const { config, connection } = installation;
    const { scans } = createQueues({
      connection: installation.redis(config.redis.url, 'producer'),
      prefix: config.redis.prefix,
    });
    await scans.pause();
    const first = await stale().requestMovies(streamOf(MATRIX), byHand);
    const now = Date.now();
    const in5Minutes = () => new Date(now + 300_000);
    for (const [serverId, checkedAt] of [
      ['default', in5Minutes()],
      ['server2', new Date(now + readMs)],
    ] as const)
      await connection.state
        .collection('listings')
        .updateMany({ serverId }, { $set: { checkedAt, 'lastAttempt.at': checkedAt } });
    const second = await requestsOf({ now: in5Minutes }).requestMovies(streamOf(MATRIX), byHand);
    const waiting = await scans.getJobs(['delayed', 'prioritized', 'waiting']);
    const ids = waiting.map(
      ({ data }: { readonly data: { readonly serverIds: string[] } }) => data.serverIds,
    );
    expect(ids.sort((a, b) => b.length - a.length)).toEqual(scanned);
    await scans.resume();
    for (const { runId } of [first, second])
      expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { unchanged: 1 } });
    await scans.close();
  });

  test('a job that begins before the listing is read does not answer who waits for that, but hurries', async () => {
    const { config, database } = installation;
    const { scans, movies } = createQueues({
      connection: installation.redis(config.redis.url, 'producer'),
      prefix: config.redis.prefix,
    });
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
    await scans.resume();
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { updated: 1 } });
    await Promise.all([scans.close(), movies.close()]);
  });

  test('a title that is new on the server is found by it', async () => {
    installation.alpha.library.addMovie(NEW);
    const { runId } = await stale().requestMovies(streamOf(NEW), byHand);
    const run = await installation.ended(runId);
    expect(run).toMatchObject({ status: 'done', scope: { kind: 'titles', titles: [NEW] } });
    expect(run.counts).toMatchObject({ planned: 1, failed: 0 });
  });

  test('seasons and episodes of a show that is new are found by it as well; one that nobody lists fails by name', async () => {
    const SHOW = 'Breaking Point';
    const { database, connection } = installation;
    for (const collection of ['inventory', 'gates', 'listings'])
      await connection.state.collection(collection).deleteMany({});
    for (const collection of ['FlatTVShows', 'FlatSeasons', 'FlatEpisodes'])
      await connection.catalogue.collection(collection).deleteMany({});
    const { runId } = await stale().requestEpisodes(streamOf(SHOW, 'Nowhere'), byHand);
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { failed: 1 } });
    expect(await installation.endings(runId)).toMatchObject({ [SHOW]: 'created', Nowhere: 'TITLE_UNKNOWN' });
    const show = await database.tvShows.load(SHOW);
    expect(await database.episodes.findEpisode(show!._id, 1, 1)).toMatchObject({ showTitle: SHOW });
    await expect(requestsOf().requestEpisodes(streamOf('Nowhere'), byHand)).rejects.toMatchObject({
      code: 'TITLE_UNKNOWN',
    });
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

  test('what is planned after the scan has ended starts all the same, also while a server is not to be read', async () => {
    const { requests, database } = installation;
    const jobs = installation.producer();
    await database.serverHolds.hold('server2', new Date(), new Date(Date.now() + 3_600_000));
    const scan = { serverIds: BOTH, trigger: 'cli', urgency: 'person' } as const;
    async function* planned(): AsyncGenerator<string> {
      // The run is stored after the first ten: it waits for this very scan, as one that is shared.
      for (let index = 0; index < 10; index += 1) yield `No Such Title ${index}`;
      await installation.ended((await requests.requestScan(scan)).runId);
      await waitFor(
        async () => (await jobs.backlog('scans')) + ((await jobs.counts()).scans?.active ?? 0) === 0,
      );
      yield MATRIX;
    }
    const { runId } = await stale().requestMovies(planned(), byHand);
    expect(await installation.ended(runId)).toMatchObject({
      status: 'done',
      counts: { planned: 11, unchanged: 1, failed: 10 },
    });
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
