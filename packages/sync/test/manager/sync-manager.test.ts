import { SyncEventBus } from '@reelsync/core';
import { SyncManager } from '@reelsync/sync';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ManagerResources } from '../../src/manager/manager-resources';
import { Installation } from '../support/installation';
import { manage, rawListing, thrownBy, type ManagedInstallation } from '../support/manager';

const DEFAULT = { id: 'default' };

// Each test starts servers and syncs; none of them waits for time, but a busy machine may take long.
jest.setTimeout(120_000);

/** B-10: every public method is called; syncMovies and syncTVShows have suites of their own. */
describe('SyncManager', () => {
  let installation: Installation;
  let managed: ManagedInstallation;
  beforeEach(async () => {
    installation = await Installation.create({ titles: 6, withBrokenTitles: false });
    managed = manage(installation);
  });
  afterEach(async () => {
    await managed.manager.shutdown();
    await installation.dispose();
  });

  test('initialize may be called often; the database adapter is there afterwards, not before', async () => {
    const { manager } = managed;
    expect(thrownBy(() => manager.getDatabaseAdapter())).toMatchObject({ code: 'NOT_INITIALIZED' });
    await Promise.all([manager.initialize(), manager.initialize()]);
    const adapter = manager.getDatabaseAdapter();
    await manager.initialize();
    expect(manager.getDatabaseAdapter()).toBe(adapter);
    expect(await adapter.healthCheck()).toMatchObject({ healthy: true });
  });

  test('decision 0033: warnings of the configuration are told once, unless the host has read it and brings a database', async () => {
    const { database } = installation;
    const config = () => ({ ...installation.config, warnings: ['NODE_SERVER_URL_4: ignored'] });
    const told: string[] = [];
    const onWarning = (text: string) => told.push(text);
    const borrowing = new SyncManager({ config, database, onWarning });
    await borrowing.initialize();
    await borrowing.shutdown();
    expect(told).toEqual([]);
    const manager = new SyncManager({ config, onWarning });
    await Promise.all([manager.initialize(), manager.initialize()]);
    await manager.shutdown();
    expect(told).toEqual(['Configuration: NODE_SERVER_URL_4: ignored']);
  });

  test('shutdown closes what the manager opened, leaves open what it was given, and may be followed by more work', async () => {
    const { manager, movies } = managed;
    await manager.initialize();
    const own = manager.getDatabaseAdapter();
    await manager.shutdown();
    expect(await own.healthCheck()).toMatchObject({ healthy: false });
    const [title = ''] = movies;
    expect((await manager.syncMovies([title], DEFAULT)).errors).toEqual([]);

    const { database } = installation;
    const borrowing = new SyncManager({ config: () => installation.config, database });
    await borrowing.initialize();
    expect(borrowing.getDatabaseAdapter()).toBe(database);
    await borrowing.shutdown();
    expect(await database.healthCheck()).toMatchObject({ healthy: true });
  });

  test('shutdown right after initialize, without waiting for it, leaves nothing open', async () => {
    const script = `
      const { SyncManager } = require('@reelsync/sync');
      const manager = new SyncManager({ config: () => JSON.parse(process.argv[1]) });
      void manager.initialize();
      setImmediate(() => Promise.all([manager.shutdown(), manager.shutdown()]).then(() => console.log('closed')));
    `;
    // A connection that stays open would keep the process alive.
    const run = promisify(execFile)(process.execPath, ['-e', script, JSON.stringify(installation.config)], {
      cwd: __dirname,
      timeout: 60_000,
    });
    expect(await run).toEqual({ stdout: 'closed\n', stderr: '' });
  });

  test('a feed that is being opened is closed with the rest', async () => {
    const resources = new ManagerResources({ config: () => installation.config, bus: new SyncEventBus() });
    const following = resources.followJobs();
    const database = resources.database();
    await resources.close();
    await following;
    expect(await (await database).healthCheck()).toMatchObject({ healthy: false });
    expect(resources.openDatabaseAdapter).toBeUndefined();
  });

  test('a database that is down is in the result of a sync, and everything can go on afterwards', async () => {
    let uri = 'mongodb://127.0.0.1:1';
    const manager = new SyncManager({
      config: () => ({
        ...installation.config,
        database: { ...installation.config.database, uri, serverSelectionTimeoutMs: 100 },
      }),
    });
    const [title = ''] = managed.movies;
    const down = await manager.syncMovies([title], DEFAULT);
    expect(down).toMatchObject({ results: [], summary: { total: 1, failed: 1 } });
    expect(down.errors).toMatchObject([{ code: 'DATABASE_UNAVAILABLE' }]);
    expect((await manager.cleanupMovies([], DEFAULT)).errors).toMatchObject([
      { code: 'DATABASE_UNAVAILABLE' },
    ]);
    await expect(manager.getSyncStats()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await manager.shutdown();
    uri = installation.config.database.uri;
    expect((await manager.syncMovies([title], DEFAULT)).errors).toEqual([]);
    await manager.shutdown();
  });

  test('arguments that cannot be understood are refused before anything happens', async () => {
    const { manager } = managed;
    const refused = (options: object) => manager.syncMovies(['A'], DEFAULT, {}, options);
    for (const options of [
      { mode: 'magic' },
      { operations: ['sing'] },
      { concurrency: 0 },
      { fileServerData: [] },
    ])
      await expect(refused(options)).rejects.toMatchObject({ code: 'ARGUMENTS_INVALID' });
    // From JavaScript: its letters would be titles.
    const title = JSON.parse('"Heat"') as string[];
    await expect(manager.syncMovies(title, DEFAULT)).rejects.toMatchObject({ code: 'ARGUMENTS_INVALID' });
    await expect(manager.syncMovies(['A'], { id: 'nobody' })).rejects.toMatchObject({
      code: 'SERVER_NOT_CONFIGURED',
    });
  });

  test('a server that is not configured can be described in the shape of the earlier library', async () => {
    const { baseUrl: baseURL, nodeUrl: syncEndpoint, prefix: prefixPath, webhookId } = installation.beta;
    const manager = new SyncManager({ config: () => ({ ...installation.config, servers: [] }) });
    const titles = Object.keys(await rawListing(installation.beta, 'movies')).slice(0, 2);
    const reference = { id: 'server7', baseURL, syncEndpoint, prefixPath, webhookId, isDefault: false };
    const { summary, errors } = await manager.syncMovies(titles, reference);
    expect({ errors, created: summary.created }).toEqual({ errors: [], created: 2 });
    expect(await manager.getDatabaseAdapter().movies.load(titles[0] ?? '')).toMatchObject({
      posterSource: 'server7',
    });
    await manager.shutdown();
  });

  test('getEventBus is the bus that was given', () => {
    const bus = new SyncEventBus();
    const manager = new SyncManager({ config: () => installation.config, bus });
    expect(manager.getEventBus()).toBe(bus);
  });

  test('getResourceManager counts the requests of this process and knows its memory', async () => {
    const { manager, movies } = managed;
    const before = manager.getResourceManager().stats();
    expect(before).toMatchObject({ totalHttpRequests: 0, activeHttpRequests: 0, pendingHttpRequests: 0 });
    installation.alpha.resetStats();
    installation.beta.resetStats();
    await manager.syncMovies(movies, DEFAULT);
    const after = manager.getResourceManager().stats();
    expect(after).toMatchObject({ activeHttpRequests: 0, pendingHttpRequests: 0, isMemoryPressure: false });
    expect(after.totalHttpRequests).toBe(
      installation.alpha.stats().requests + installation.beta.stats().requests,
    );
    expect(after.peakHeapMb).toBeGreaterThanOrEqual(after.heapUsedMb);
    expect(after.config.httpConcurrency).toMatchObject({ default: 20, server2: 20 });
  });

  test('performanceComparison is that of every manager: it reads the listing of the server that is named', async () => {
    const listings = () => installation.alpha.stats().classes.listing.requests;
    const before = listings();
    await expect(managed.manager.performanceComparison(['Nowhere'], DEFAULT)).rejects.toMatchObject({
      code: 'TITLE_UNKNOWN',
    });
    expect(listings()).toBeGreaterThan(before);
  });

  describe('cleanupMovies', () => {
    test('B-7: reports what no server lists, and keeps what another one lists, is locked or was entered by hand', async () => {
      const { manager } = managed;
      const { movies } = installation.database;
      const onDefault = Object.keys(await rawListing(installation.alpha, 'movies'));
      const onSecond = Object.keys(await rawListing(installation.beta, 'movies'));
      await manager.syncMovies(onDefault, DEFAULT);
      await manager.syncMovies(onSecond, { id: 'server2' });
      const type = 'movie';
      await movies.save({ type, title: 'Gone', originalTitle: 'Gone' });
      await movies.save({ type, title: 'Mine', originalTitle: 'Mine', manualEntry: true });
      await movies.save({ type, title: 'Kept', originalTitle: 'Kept', lockedFields: { title: true } });
      const count = await movies.count();

      const report = await manager.cleanupMovies(onDefault, DEFAULT);
      expect(report).toMatchObject({ orphansRemoved: 0, invalidRemoved: 0, errors: [] });
      expect(report.wouldRemove).toEqual([{ title: 'Gone', reason: 'no-server-lists-it', servers: [] }]);
      const reasons = new Map(report.kept.map(({ title, reason }) => [title, reason]));
      expect([reasons.get('Mine'), reasons.get('Kept')]).toEqual(['manual-entry', 'locked']);
      const exclusive = onSecond.filter((title) => !onDefault.includes(title));
      expect(exclusive.length).toBeGreaterThan(0);
      expect(exclusive.every((title) => reasons.get(title) === 'listed')).toBe(true);
      expect(await movies.count()).toBe(count);
    });

    test('CL-1: nothing is an orphan while a server has not answered', async () => {
      const { manager } = managed;
      const { movies } = installation.database;
      await manager.syncMovies(Object.keys(await rawListing(installation.alpha, 'movies')), DEFAULT);
      await movies.save({ type: 'movie', title: 'Gone', originalTitle: 'Gone' });
      const { wouldRemove, kept } = await manager.cleanupMovies([], DEFAULT);
      expect(wouldRemove).toEqual([]);
      expect(kept).toContainEqual({ title: 'Gone', reason: 'not-all-servers-answered', servers: [] });
    });
  });
});
