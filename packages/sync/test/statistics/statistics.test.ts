import { SyncManager } from '@reelsync/sync';
import { Installation } from '../support/installation';
import { manage, oracle, rawListing, type ManagedInstallation } from '../support/manager';
import { expectedTv } from '@reelsync/sample-library';

const DEFAULT = { id: 'default' };
const SECOND = { id: 'server2' };

// Each test starts servers and syncs; none of them waits for time, but a busy machine may take long.
jest.setTimeout(120_000);

describe('statistics', () => {
  let installation: Installation;
  let managed: ManagedInstallation;
  beforeEach(async () => {
    installation = await Installation.create({ titles: 6, shows: 3, withBrokenTitles: false });
    managed = manage(installation);
    const { manager } = managed;
    for (const [server, sample] of [
      [DEFAULT, installation.alpha],
      [SECOND, installation.beta],
    ] as const) {
      await manager.syncMovies(Object.keys(await rawListing(sample, 'movies')), server);
      await manager.syncTVShows(Object.keys(await rawListing(sample, 'tv')), server);
    }
  });
  afterEach(async () => {
    await managed.manager.shutdown();
    await installation.dispose();
  });

  test('B-10: getSyncStats has every section, with true numbers', async () => {
    const { manager, movies, shows } = managed;
    const { seasons, episodes } = expectedTv(oracle(installation));
    const stats = await manager.getSyncStats();
    expect(Object.keys(stats)).toEqual([
      'system',
      'resources',
      'database',
      'movies',
      'shows',
      'seasons',
      'episodes',
      'cache',
      'queues',
    ]);
    expect(stats).toMatchObject({
      system: { initialized: true, uptime: expect.any(Number) },
      resources: { totalHttpRequests: expect.any(Number) },
      database: { health: { healthy: true }, overview: { totalEntities: expect.any(Number) } },
      movies: {
        totalMovies: movies.length,
        total: movies.length,
        recentlyUpdated: movies.length,
        needingSync: 0,
      },
      shows: { total: shows.length, needingSync: 0 },
      seasons: { total: seasons.size, needingSync: 0 },
      episodes: { total: episodes.size, needingSync: 0, recentlyUpdated: episodes.size },
      queues: { available: true, queues: { movies: { waiting: 0, failed: 0 } } },
    });
    const withVideo = await installation.database.movies.getMovieStats();
    expect(stats.movies.byOperation.content).toBe(withVideo.withVideo);
    expect(stats.movies.byOperation.assets).toBe(withVideo.withPoster);
    expect(stats.cache.urlCacheSize).toBeGreaterThan(0);
  });

  test('getSyncStats says that Redis is down instead of failing', async () => {
    const config = { ...installation.config, redis: { url: 'redis://127.0.0.1:1', prefix: 'none' } };
    const manager = new SyncManager({ config: () => config });
    expect(await manager.getSyncStats()).toMatchObject({
      queues: { available: false, code: 'QUEUE_UNAVAILABLE' },
    });
    await manager.shutdown();
  });

  test('findContentNeedingSync finds dirty units, missing videos and images, and old documents of all four kinds', async () => {
    const { manager, movies, shows } = managed;
    const { inventory } = installation.database;
    const at = new Date();
    await inventory.markAllPending(['movie', 'show', 'season', 'episodes'], at);
    const dirty = await manager.findContentNeedingSync();
    expect(dirty.movies.filter(({ reasons }) => reasons.includes('dirty'))).toHaveLength(movies.length);
    expect(dirty.tvShows.filter(({ reasons }) => reasons.includes('dirty'))).toHaveLength(shows.length);
    expect(dirty.seasons[0]).toMatchObject({ title: expect.any(String), season: expect.any(Number) });
    expect(
      dirty.episodes.some(({ reasons, episode }) => reasons.includes('dirty') && episode === undefined),
    ).toBe(true);
    expect(await manager.getSyncStats()).toMatchObject({ movies: { needingSync: movies.length } });

    const olderThan = new Date(at.getTime() + 1000);
    const old = await manager.findContentNeedingSync({ olderThan, limit: 1000 });
    for (const kind of ['movies', 'tvShows', 'seasons', 'episodes'] as const) {
      const item = old[kind].find(({ reasons }) => reasons.includes('old'));
      expect(item).toMatchObject({ displayTitle: expect.any(String), lastSynced: expect.any(Date) });
    }
    expect(old.movies[0]?.reasons).toEqual(['dirty', 'old']);
    expect((await manager.findContentNeedingSync({ olderThan, limit: 2 })).movies).toHaveLength(2);

    const onlyShows = await manager.findContentNeedingSync({ mediaTypes: ['tvShows'], missingAssets: true });
    expect(onlyShows).toMatchObject({ movies: [], seasons: [], episodes: [] });
    expect(onlyShows.tvShows).toHaveLength(shows.length);
  });

  test('findContentNeedingSync names seasons and episodes by the folder of their show, with every reason once', async () => {
    const { manager } = managed;
    const { catalogue } = installation.connection;
    const withoutVideo = { $unset: { videoURL: true }, $set: { thumbnail: '' } };
    await catalogue.collection('FlatEpisodes').updateMany({}, withoutVideo);
    await catalogue.collection('FlatSeasons').updateMany({}, { $unset: { posterURL: true } });
    const found = await manager.findContentNeedingSync({
      mediaTypes: ['seasons', 'episodes'],
      missingAssets: true,
      limit: 1000,
    });
    expect(found.episodes).toHaveLength(await installation.database.episodes.count());
    for (const { title, reasons } of found.episodes) {
      expect(managed.shows).toContain(title);
      expect([...reasons].sort()).toEqual(['missing-thumbnail', 'missing-video']);
    }
    expect(found.seasons).toHaveLength(await installation.database.seasons.count());
    expect(found.seasons[0]).toMatchObject({ reasons: ['missing-poster'] });
  });

  test('RP-4: findUpgradeCandidates gives reasons from real fields, and leaves out what is 10-bit HDR', async () => {
    const candidates = await managed.manager.findUpgradeCandidates();
    expect(candidates.length).toBeGreaterThan(0);
    for (const { reasons } of candidates) expect(reasons.length).toBeGreaterThan(0);
    const titles = new Set(candidates.map(({ title }) => title));
    for await (const movie of installation.database.movies.findWithVideo()) {
      const { bitDepth, isHDR } = movie.mediaQuality ?? {};
      expect(titles.has(movie.originalTitle)).toBe(!(Number(bitDepth) >= 10 && isHDR === true));
    }
    expect(await managed.manager.findUpgradeCandidates({ limit: 1 })).toHaveLength(1);
  });
});
