import type { TitlesRequestOptions } from '@reelsync/sync';
import { waitFor } from '../../../tests/support';
import { streamOf } from '../../../tests/support/stream-of';
import { Installation } from './support/installation';

const SHOW = 'Breaking Point';
const BOTH = ['default', 'server2'];
const byHand: TitlesRequestOptions = {
  trigger: 'cli',
  urgency: 'person',
  signal: new AbortController().signal,
};

describe('requests for single shows', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create({ movies: ['1923'], onlyShows: [SHOW] });
    await installation.startWorker();
    const scan = { serverIds: BOTH, trigger: 'cli', urgency: 'person' } as const;
    await installation.ended((await installation.requests.requestScan(scan)).runId);
  });
  afterEach(() => installation.dispose());

  const requestsOf = (options: { readonly listingMaxAgeMs?: number } = {}) =>
    installation.requestsOver(installation.config.redis.url, { serverIds: BOTH, ...options });

  test('a scan for nobody leaves the children of what a request waits for to it', async () => {
    const { database } = installation;
    const { scans, shows, seasons } = installation.queues();
    await shows.pause();
    const { runId } = await requestsOf().requestShows(streamOf(SHOW), byHand);
    await database.gates.requestForce([{ kind: 'season', title: SHOW, season: 1 }], new Date());
    const jobs = () => seasons.getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active', 'completed');
    const [scanned, before] = [await scans.getJobCountByTypes('completed'), await jobs()];
    const scan = { v: 1 as const, serverIds: [...BOTH], full: false, force: false, acceptShrunken: false };
    await installation.producer().enqueue('library.scan', scan, { priority: 'webhook' });
    await waitFor(async () => (await scans.getJobCountByTypes('completed')) > scanned);
    expect(await jobs()).toBe(before);
    await shows.resume();
    expect(await installation.ended(runId)).toMatchObject({
      status: 'done',
      countsByKind: { season: { planned: 1 } },
    });
  });

  test('seasons and episodes of a show that is new are found by it as well; one that nobody lists fails by name', async () => {
    const { database, connection } = installation;
    for (const collection of ['inventory', 'gates', 'listings'])
      await connection.state.collection(collection).deleteMany({});
    for (const collection of ['FlatTVShows', 'FlatSeasons', 'FlatEpisodes'])
      await connection.catalogue.collection(collection).deleteMany({});
    const { runId } = await requestsOf({ listingMaxAgeMs: 0 }).requestEpisodes(
      streamOf(SHOW, 'Nowhere'),
      byHand,
    );
    expect(await installation.ended(runId)).toMatchObject({ status: 'done', counts: { failed: 1 } });
    expect(await installation.endings(runId)).toMatchObject({ [SHOW]: 'created', Nowhere: 'TITLE_UNKNOWN' });
    const show = await database.tvShows.load(SHOW);
    expect(await database.episodes.findEpisode(show!._id, 1, 1)).toMatchObject({ showTitle: SHOW });
    await expect(requestsOf().requestEpisodes(streamOf('Nowhere'), byHand)).rejects.toMatchObject({
      code: 'TITLE_UNKNOWN',
    });
  });
});
