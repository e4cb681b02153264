import {
  cleanupMovies,
  getSyncSystemStats,
  syncManager,
  syncMoviesWithNewArchitecture,
  syncTVShowsWithNewArchitecture,
} from '@reelsync/sync';
import { Installation } from '../support/installation';
import { rawListing } from '../support/manager';

// Each test starts servers and syncs; none of them waits for time, but a busy machine may take long.
jest.setTimeout(120_000);

/** The manager of the process reads the environment when it is first needed, so the test may set it. */
describe('the manager of the process', () => {
  let installation: Installation;
  const before = { ...process.env };
  beforeEach(async () => {
    installation = await Installation.create({ titles: 1, shows: 1, withBrokenTitles: false });
    const { database, redis } = installation.config;
    Object.assign(process.env, {
      MONGODB_URI: database.uri,
      MONGODB_CATALOGUE_NAME: database.catalogueName,
      MONGODB_STATE_NAME: database.stateName,
      MONGODB_SETTINGS_NAME: database.settingsName,
      MONGODB_MIN_POOL_SIZE: '1',
      REDIS_URL: redis.url,
      REDIS_PREFIX: redis.prefix,
    });
  });
  afterEach(async () => {
    await syncManager.shutdown();
    process.env = before;
    await installation.dispose();
  });

  test('needs no configured server, and its functions do what its methods do', async () => {
    const { baseUrl: baseURL, nodeUrl: syncEndpoint, webhookId } = installation.alpha;
    const server = { id: 'files', baseURL, syncEndpoint, webhookId };
    const [movie = ''] = Object.keys(await rawListing(installation.alpha, 'movies'));
    const [show = ''] = Object.keys(await rawListing(installation.alpha, 'tv'));
    expect((await syncMoviesWithNewArchitecture([movie], server)).summary).toMatchObject({ created: 1 });
    const operations = { operations: ['metadata'] } as const;
    const shows = await syncTVShowsWithNewArchitecture([show], server, {}, operations);
    expect(Object.keys(shows.summary.operations)).toEqual(['metadata']);
    expect(await getSyncSystemStats()).toMatchObject({
      movies: { totalMovies: 1 },
      shows: { total: 1 },
      queues: { available: true },
    });
    // The real comparison: it has read the server's listing.
    await expect(syncManager.performanceComparison(['Nowhere'], server)).rejects.toMatchObject({
      code: 'TITLE_UNKNOWN',
    });
    const report = await cleanupMovies([], server);
    expect(report.kept).toMatchObject([{ title: movie, reason: 'listed', servers: ['files'] }]);
  });
});
