import { ReelsyncError } from '@reelsync/core';
import { ChildUnits } from '@reelsync/domain';
import type { BatchSyncResult } from '@reelsync/sync';
import { Installation } from '../support/installation';
import { expectMovies, expectShows, manage, rawListing, type ManagedInstallation } from '../support/manager';

const DEFAULT = { id: 'default' };
const SECOND = { id: 'server2' };
const SENTINELS = ['__sync_warmup__', '__sync_planned__', '__sync_complete__'];

// Each test starts servers and syncs; none of them waits for time, but a busy machine may take long.
jest.setTimeout(120_000);

describe('SyncManager in direct mode', () => {
  let installation: Installation;
  let managed: ManagedInstallation;
  afterEach(async () => {
    await managed.manager.shutdown();
    await installation.dispose();
  });

  async function start(
    library: Parameters<typeof Installation.create>[0] = {},
  ): Promise<ManagedInstallation> {
    installation = await Installation.create({ titles: 12, withBrokenTitles: false, ...library });
    managed = manage(installation);
    return managed;
  }

  const outcomes = ({ summary: { created, updated, unchanged, failed } }: BatchSyncResult) => ({
    created,
    updated,
    unchanged,
    failed,
  });

  test('movies of two servers end as the oracle says, without Redis; a second run writes nothing', async () => {
    const { manager, movies } = await start();
    const onDefault = Object.keys(await rawListing(installation.alpha, 'movies'));
    const onSecond = Object.keys(await rawListing(installation.beta, 'movies'));
    const first = await manager.syncMovies(onDefault, DEFAULT);
    expect(first).toMatchObject({ mode: 'direct', errors: [], summary: { created: onDefault.length } });
    const second = await manager.syncMovies(onSecond, SECOND);
    expect(second.summary).toMatchObject({ total: onSecond.length, failed: 0 });
    await expectMovies(installation);

    const again = await manager.syncMovies(movies, DEFAULT);
    expect(outcomes(again)).toEqual({ created: 0, updated: 0, unchanged: movies.length, failed: 0 });
    expect(again.results.every(({ changes }) => changes.length === 0)).toBe(true);
  });

  test('B-44: the summary counts titles, and units per operation; every result names its strategy', async () => {
    const { manager } = await start();
    const [title = ''] = Object.keys(await rawListing(installation.alpha, 'movies'));
    const { results, summary, runId, duration } = await manager.syncMovies([title, title], DEFAULT);
    expect(summary).toMatchObject({ total: 1, completed: 1, created: 1, failed: 0, skipped: 0 });
    expect(summary.operations.metadata).toEqual({
      total: 1,
      changed: 1,
      unchanged: 0,
      failed: 0,
      skipped: 0,
    });
    expect(results.map(({ operation }) => operation)).toEqual([
      'metadata',
      'assets',
      'content',
      'blurhash',
      'validation',
    ]);
    expect(results[0]).toMatchObject({
      status: 'completed',
      entityId: title,
      mediaType: 'movie',
      serverId: 'default',
      changes: expect.arrayContaining(['metadata', 'title']),
      errors: [],
      metadata: { outcome: 'created' },
    });
    expect(duration).toBeGreaterThanOrEqual(0);
    expect(await installation.database.movies.load(title)).toMatchObject({ syncRunId: runId });
  });

  test('shows come with all seasons and episodes, parents first, also one unit at a time', async () => {
    const { manager, events, shows } = await start({ titles: 0, shows: 3 });
    const onDefault = Object.keys(await rawListing(installation.alpha, 'tv'));
    const result = await manager.syncTVShows(onDefault, DEFAULT, {}, { concurrency: 1 });
    expect(result).toMatchObject({ errors: [], summary: { failed: 0, created: onDefault.length } });
    await manager.syncTVShows(Object.keys(await rawListing(installation.beta, 'tv')), SECOND);
    await expectShows(installation);
    expect(new Set(result.results.map(({ mediaType }) => mediaType))).toEqual(
      new Set(['tvshow', 'season', 'episode']),
    );
    const ofTitle = events
      .filter(({ entityId }) => entityId === onDefault[0] || entityId.startsWith(`${onDefault[0]} S`))
      .filter(({ type }) => type === 'started');
    const order = ofTitle.map(({ mediaType }) => mediaType);
    expect(order.indexOf('tvshow')).toBe(0);
    expect(order.indexOf('season')).toBeLessThan(order.indexOf('episode'));
    const again = await manager.syncTVShows(shows, DEFAULT);
    expect(outcomes(again)).toEqual({ created: 0, updated: 0, unchanged: shows.length, failed: 0 });
  });

  test('operations run alone and leave the gate open; forceSync reads everything again (B-9)', async () => {
    const { manager } = await start();
    const titles = Object.keys(await rawListing(installation.alpha, 'movies')).slice(0, 3);
    const partial = await manager.syncMovies(titles, DEFAULT, {}, { operations: ['content'] });
    expect(Object.keys(partial.summary.operations)).toEqual(['content']);
    const [movie] = await Promise.all(titles.map((title) => installation.database.movies.load(title)));
    expect(movie?.posterURL).toBeUndefined();
    const complete = await manager.syncMovies(titles, DEFAULT);
    expect(complete.summary).toMatchObject({ updated: titles.length, failed: 0 });

    const metadataRequests = () => installation.alpha.stats().classes.metadata.requests;
    const before = metadataRequests();
    await manager.syncMovies(titles, DEFAULT);
    expect(metadataRequests()).toBe(before);
    const forced = await manager.syncMovies(titles, DEFAULT, {}, { forceSync: true });
    expect(metadataRequests()).toBeGreaterThan(before);
    expect(outcomes(forced)).toEqual({ created: 0, updated: 0, unchanged: titles.length, failed: 0 });
  });

  test('CD-5: operations that are forced alone are read again once, and leave nothing for the next scan to do', async () => {
    const { manager } = await start();
    const titles = Object.keys(await rawListing(installation.alpha, 'movies')).slice(0, 3);
    await manager.syncMovies(titles, DEFAULT);
    const requests = () => {
      const { metadata, blurhash } = installation.alpha.stats().classes;
      return [metadata.requests, blurhash.requests];
    };
    const [metadata = 0, blurhash = 0] = requests();
    const { needingSync } = (await manager.getSyncStats()).movies;
    const options = { operations: ['metadata'], forceSync: true } as const;
    const forced = await manager.syncMovies(titles, DEFAULT, {}, options);
    expect(forced.summary).toMatchObject({ unchanged: titles.length, failed: 0 });
    expect(requests()).toEqual([metadata + titles.length, blurhash]);
    expect((await manager.getSyncStats()).movies.needingSync).toBe(needingSync);
    await manager.syncMovies(titles, DEFAULT, {}, { operations: ['metadata'] });
    await manager.syncMovies(titles, DEFAULT);
    expect(requests()).toEqual([metadata + titles.length, blurhash]);
  });

  test('EV-1: operations of a show apply to its seasons and episodes alone, each of which starts and ends once', async () => {
    const { manager, events } = await start({ titles: 0, shows: 2 });
    const titles = Object.keys(await rawListing(installation.alpha, 'tv')).slice(0, 2);
    const [, broken = ''] = titles;
    installation.alpha.library.renameShow(broken, 'x'.repeat(501));
    const operations = ['metadata', 'validation'] as const;
    const { results, summary, errors } = await manager.syncTVShows(titles, DEFAULT, {}, { operations });
    expect(summary).toMatchObject({ created: 1, failed: 1 });
    // Its children do not ask for it again and again.
    const codes = new Set(errors.map(({ entityId, code }) => `${entityId}: ${code}`));
    expect(codes).toEqual(new Set([`${broken}: DOCUMENT_INVALID`, `${broken}: PARENT_FAILED`]));
    expect(Object.keys(summary.operations)).toEqual(operations);
    const ofUnits = events.filter(({ entityId }) => !SENTINELS.includes(entityId));
    const perUnit = results.filter(({ operation }) => operation === 'metadata');
    const planned = perUnit.map(({ mediaType }) => mediaType).sort();
    const told = (...types: string[]) => ofUnits.filter(({ type }) => types.includes(type));
    expect(new Set(planned)).toEqual(new Set(['tvshow', 'season', 'episode']));
    for (const events of [told('started'), told('complete', 'error')])
      expect(events.map(({ mediaType }) => mediaType).sort()).toEqual(planned);
    const { tvShows, seasons, episodes } = installation.database;
    const isThere = { $exists: true };
    expect([await tvShows.count(), await seasons.count()]).toEqual([1, expect.any(Number)]);
    expect(await tvShows.count({ posterURL: isThere })).toBe(0);
    expect(await seasons.count({ posterURL: isThere })).toBe(0);
    expect(await episodes.count({ videoURL: isThere })).toBe(0);
  });

  test('with fileServerData the listing is not read, and the next scan still finds what really is there', async () => {
    const { manager } = await start();
    const movies = await rawListing(installation.alpha, 'movies');
    const [title = ''] = Object.keys(movies);
    const listings = () => installation.alpha.stats().classes.listing.requests;
    const before = listings();
    const data = { movies: { [title]: movies[title] } };
    const result = await manager.syncMovies(
      [title, 'Not In The Data'],
      DEFAULT,
      {},
      { fileServerData: data },
    );
    expect(listings()).toBe(before);
    expect(result.summary).toMatchObject({ created: 1, failed: 1 });
    expect(result.errors).toMatchObject([{ code: 'TITLE_UNKNOWN', entityId: 'Not In The Data' }]);

    await manager.syncMovies([title], DEFAULT);
    const wrong = { movies: { [title]: { ...(movies[title] as object), urls: {} } } };
    await manager.syncMovies([title], DEFAULT, {}, { fileServerData: wrong });
    const repaired = await manager.syncMovies([title], DEFAULT);
    expect(repaired.errors).toEqual([]);
    const stored = await installation.database.inventory.load({ kind: 'movie', title });
    expect(stored).toMatchObject([{ record: { images: { poster: expect.anything() } } }]);
  });

  test('an unreadable record of fileServerData is reported and takes nothing away', async () => {
    const { manager } = await start();
    const result = await manager.syncMovies(
      ['Broken'],
      DEFAULT,
      {},
      {
        fileServerData: { movies: { Broken: 'no object' } },
      },
    );
    expect(result.errors.map(({ code }) => code)).toEqual(['LISTING_RECORD_INVALID', 'TITLE_UNKNOWN']);
  });

  test('a server that is down is an error of the batch; what it listed last still counts (AV-4)', async () => {
    const { manager } = await start();
    const titles = Object.keys(await rawListing(installation.alpha, 'movies'));
    await manager.syncMovies(titles, DEFAULT);
    await installation.alpha.down();
    const result = await manager.syncMovies(titles, DEFAULT);
    expect(result.errors).toMatchObject([{ code: 'SERVER_UNREACHABLE', entityId: 'default' }]);
    expect(outcomes(result)).toEqual({ created: 0, updated: 0, unchanged: titles.length, failed: 0 });
  });

  test('events: one start and one terminal event per unit, progress of what was written, names of §7.1', async () => {
    const { manager, events } = await start();
    const titles = Object.keys(await rawListing(installation.alpha, 'movies')).slice(0, 4);
    await manager.syncMovies([...titles, 'Unknown Title'], DEFAULT);
    const ofUnits = events.filter(({ entityId }) => !SENTINELS.includes(entityId));
    const count = (type: string) => ofUnits.filter((event) => event.type === type).length;
    expect(count('started')).toBe(5);
    expect(count('complete') + count('error')).toBe(5);
    expect(events.filter(({ entityId }) => entityId === 'Unknown Title')).toMatchObject([
      { type: 'started' },
      { type: 'error', data: { code: 'TITLE_UNKNOWN', outcome: 'failed' } },
    ]);
    expect(events.filter(({ entityId }) => entityId === titles[0])).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          type: 'progress',
          operation: 'metadata',
          data: expect.objectContaining({ stage: 'created', progress: 100 }),
        }),
        expect.objectContaining({
          type: 'complete',
          mediaType: 'movie',
          data: expect.objectContaining({ totalOperations: 1, successful: 1, failed: 0, outcome: 'created' }),
        }),
      ]),
    );
  });

  test('EV-3: the first and the last event are those of the run, the last one with counts and no results', async () => {
    const { manager, events } = await start();
    const titles = Object.keys(await rawListing(installation.alpha, 'movies'));
    const { runId } = await manager.syncMovies(titles, DEFAULT);
    expect(events[0]).toMatchObject({ type: 'started', entityId: '__sync_warmup__' });
    expect(events.at(-1)).toMatchObject({
      type: 'complete',
      entityId: '__sync_complete__',
      data: { status: 'done', summary: { planned: titles.length, created: titles.length, failed: 0 } },
    });
    expect(events.filter(({ entityId }) => entityId === '__sync_planned__')).toMatchObject([
      { type: 'progress', data: { stage: 'planned', total: titles.length } },
    ]);
    // As the events of the log.
    for (const { data } of events) expect(data).toMatchObject({ runId, runIds: [runId] });
  });

  test('a stopped sync says what it did not reach', async () => {
    const { manager } = await start();
    const titles = Object.keys(await rawListing(installation.alpha, 'movies'));
    const stop = new AbortController();
    manager.getEventBus().subscribe('complete', () => stop.abort());
    const result = await manager.syncMovies(titles, DEFAULT, {}, { signal: stop.signal, concurrency: 1 });
    expect(result.summary.created).toBe(1);
    expect(result.summary.skipped).toBe(titles.length - 1);
    expect(result.errors).toMatchObject([{ code: 'JOB_CANCELLED' }]);
    const ends = managed.events.filter(
      ({ type, entityId }) => type === 'complete' && !SENTINELS.includes(entityId),
    );
    expect(ends).toHaveLength(titles.length);
    const [skipped] = result.results.filter(({ status }) => status === 'skipped');
    expect(skipped?.metadata.reason).toContain('stopped');
    expect(managed.events.at(-1)).toMatchObject({
      entityId: '__sync_complete__',
      data: { status: 'cancelled', summary: { created: 1, skipped: titles.length - 1 } },
    });
  });

  test('a sync that cannot go on keeps what it has done', async () => {
    const { manager } = await start({ titles: 1, shows: 2 });
    const shows = Object.keys(await rawListing(installation.alpha, 'tv'));
    const gone = new ReelsyncError('DOCUMENT_INVALID', 'the children cannot start');
    const release = jest.spyOn(ChildUnits.prototype, 'release').mockRejectedValue(gone);
    const { errors, results, summary } = await manager.syncTVShows(shows, DEFAULT);
    release.mockRestore();
    expect(errors).toMatchObject([{ code: gone.code }]);
    const done = results.filter(({ status }) => status === 'completed');
    expect(new Set(done.map(({ entityId }) => entityId))).toEqual(new Set(shows));
    expect(summary.created).toBe(shows.length);
    expect(managed.events.at(-1)).toMatchObject({
      entityId: '__sync_complete__',
      data: { status: 'failed', code: gone.code, summary: { created: shows.length } },
    });
  });

  test('shutdown stops what is under way and leaves nothing open', async () => {
    const { manager } = await start();
    const titles = Object.keys(await rawListing(installation.alpha, 'movies'));
    const running = manager.syncMovies(titles, DEFAULT, {}, { concurrency: 1 });
    let closing: Promise<void> | undefined;
    manager.getEventBus().subscribe('complete', () => {
      closing ??= manager.shutdown();
    });
    const { errors, summary } = await running;
    await closing;
    expect(errors).toMatchObject([{ code: 'JOB_CANCELLED' }]);
    expect(summary).toMatchObject({ created: 1, skipped: titles.length - 1 });
    expect(manager.getResourceManager().stats().servers).toEqual({});
    expect(() => manager.getDatabaseAdapter()).toThrow('not connected');
  });

  test('EV-4: a sync that cannot go on ends as failed, and so do its events', async () => {
    const { manager } = await start();
    const titles = Object.keys(await rawListing(installation.alpha, 'movies'));
    await manager.initialize();
    const { gates } = manager.getDatabaseAdapter();
    const gone = new ReelsyncError('DATABASE_UNAVAILABLE', 'gone');
    // A forced sync marks the gates while it plans.
    const mark = jest.spyOn(gates, 'requestForce').mockRejectedValue(gone);
    const { errors, summary } = await manager.syncMovies(titles, DEFAULT, {}, { forceSync: true });
    mark.mockRestore();
    expect(errors).toMatchObject([{ code: 'DATABASE_UNAVAILABLE' }]);
    expect(summary.completed).toBe(0);
    expect(managed.events.at(-1)).toMatchObject({
      type: 'complete',
      entityId: '__sync_complete__',
      error: 'DATABASE_UNAVAILABLE: gone',
      data: { status: 'failed', code: 'DATABASE_UNAVAILABLE', summary: { created: 0 } },
    });
  });
});
