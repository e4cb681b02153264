import { buildFieldAvailability } from '@reelsync/core';
import {
  cleanupMovies,
  getSyncSystemStats,
  syncManager,
  syncMoviesWithNewArchitecture,
  syncToFlatStructure,
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

  test('syncToFlatStructure is called as in the earlier library: with three arguments, the server by its baseURL (§9.4)', async () => {
    const { alpha, database } = installation;
    const listings = { movies: await rawListing(alpha, 'movies'), tv: await rawListing(alpha, 'tv') };
    const server = { id: 'files', baseURL: alpha.baseUrl };
    const availability = buildFieldAvailability(new Map([['files', listings]]));
    const first = await syncToFlatStructure(listings, server, availability);
    expect(first).toMatchObject({
      serverId: 'files',
      indexes: 'complete',
      movies: { errors: [], initialized: { movies: Object.keys(listings.movies) } },
      tvShows: { errors: [] },
    });
    expect(await database.movies.count({ metadataSource: 'files' })).toBeGreaterThan(0);
    expect(await database.tvShows.count()).toBe(Object.keys(listings.tv).length);
    // Everything was closed, and is opened again.
    const second = await syncToFlatStructure(listings, server, availability, true, true);
    expect(second).toMatchObject({ indexes: 'skipped', movies: { errors: [], initialized: { created: 0 } } });
    await expect(syncToFlatStructure(listings, { id: 'files' }, availability)).rejects.toMatchObject({
      code: 'SERVER_NOT_CONFIGURED',
    });
  });
});
