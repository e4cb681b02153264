import { ReelsyncError, type ErrorCode, type Unit } from '@reelsync/core';
import type { SampleServer } from '@reelsync/sample-library';
import type { FlatSyncAllResult } from '@reelsync/sync';
import { catalogueOf, FlatWorld } from './support/flat-world';
import { SharedLibraries, SHOW } from './support/shared-libraries';

let libraries: SharedLibraries;
let alpha: SampleServer;
let beta: SampleServer;
let world: FlatWorld;

beforeEach(async () => {
  libraries = await SharedLibraries.start();
  ({ alpha, beta } = libraries);
  world = await FlatWorld.create(libraries);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await world.dispose();
  await libraries.close();
});

function sync(): Promise<FlatSyncAllResult> {
  return world.flat.syncAll({ skipInitialization: true });
}

describe('when it is cut off between a document and its gate (CD-2)', () => {
  /** From here on nothing that was read is remembered any more. */
  function killedBeforeGate(code: ErrorCode): jest.SpyInstance {
    const { gates } = world.database;
    const changeApplied = gates.changeApplied.bind(gates);
    return jest
      .spyOn(gates, 'changeApplied')
      .mockImplementation((unit, change) =>
        Object.keys(change.set).length === 0
          ? changeApplied(unit, change)
          : Promise.reject(new ReelsyncError(code, 'killed')),
      );
  }

  test('the preview of a movie that is what it was again is read again', async () => {
    await sync();
    const before = await catalogueOf(world.connection);
    const title = libraries.movieTitle(0);
    const folder = alpha.library.movies.get(title);
    if (folder === undefined) throw new Error('the sample is gone');
    alpha.library.replacePoster(title);
    const gate = killedBeforeGate('DATABASE_UNAVAILABLE');
    await expect(sync()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    gate.mockRestore();
    expect(await catalogueOf(world.connection)).not.toEqual(before);
    alpha.library.movies.set(title, folder);
    await sync();
    expect(await catalogueOf(world.connection)).toEqual(before);
  });

  test('so are those of a season and an episode', async () => {
    await sync();
    const before = await catalogueOf(world.connection);
    const folder = alpha.library.shows.get(SHOW);
    if (folder === undefined) throw new Error('the sample is gone');
    alpha.library.replaceSeasonPoster(SHOW, 'Season 1');
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E01');
    const gate = killedBeforeGate('DATABASE_ERROR');
    const { servers: results } = await sync();
    gate.mockRestore();
    expect(results['alpha']).toMatchObject({
      seasons: { errors: [{ seasonNumber: 1, code: 'DATABASE_ERROR' }] },
      episodes: { errors: [{ episodeNumber: 1, code: 'DATABASE_ERROR' }] },
    });
    alpha.library.shows.set(SHOW, folder);
    await sync();
    expect(await catalogueOf(world.connection)).toEqual(before);
  });

  test('a rename that has not reached the children is finished, also for a season that nobody lists (B-3, B-25)', async () => {
    await sync();
    for (const { library } of [alpha, beta]) {
      const folder = library.shows.get(SHOW);
      if (folder !== undefined)
        library.shows.set(SHOW, {
          ...folder,
          seasons: folder.seasons.filter(({ name }) => name !== 'Season 1'),
        });
    }
    for (const { library } of [alpha, beta]) library.renameShow(SHOW, 'Breaking Pointer');
    const cut = new ReelsyncError('DATABASE_UNAVAILABLE', 'killed');
    jest.spyOn(world.database.seasons, 'renameShow').mockRejectedValueOnce(cut);
    await expect(sync()).rejects.toBe(cut);
    expect(await world.database.tvShows.load(SHOW)).toMatchObject({ title: 'Breaking Pointer' });
    await sync();
    const { FlatSeasons, FlatEpisodes } = await catalogueOf(world.connection);
    for (const children of [FlatSeasons, FlatEpisodes])
      expect(new Set(Object.values(children).map(({ showTitle }) => showTitle))).toEqual(
        new Set(['Breaking Pointer']),
      );
    // Nothing of it is left to do.
    expect((await world.database.gates.load({ kind: 'show', title: SHOW }))?.applied).not.toHaveProperty(
      'renaming',
    );
  });

  test('one that the database refuses is an error of that show alone, in every run (B-25)', async () => {
    const { database, connection } = world;
    const other = 'Another Show';
    for (const { library } of [alpha, beta]) {
      const folder = library.shows.get(SHOW);
      if (folder !== undefined) library.shows.set(other, folder);
      library.renameShow(other, 'Quite Another');
    }
    await sync();
    // Of the earlier library, which ours does not replace.
    await connection.catalogue
      .collection('FlatSeasons')
      .createIndex({ showTitle: 1, seasonNumber: 1 }, { unique: true }, undefined);
    const taken = (await database.tvShows.load(SHOW))?.title ?? '';
    for (const { library } of [alpha, beta]) library.renameShow(other, taken);
    const title = libraries.movieTitle(0);
    for (const name of ['First Name', 'Second Name']) {
      alpha.library.editMetadata(title, { title: name });
      const { servers: results } = await sync();
      expect(results['alpha']?.tvShows.errors).toMatchObject([
        { title: other, code: 'DATABASE_CONFLICT', serverId: 'alpha' },
      ]);
      expect(results['alpha']?.seasons.processed.length).toBeGreaterThan(0);
      expect(await database.movies.load(title)).toMatchObject({ title: name });
    }
    // Once the servers call it otherwise, all is well again.
    for (const { library } of [alpha, beta]) library.renameShow(other, 'A Free Name');
    const { servers: results } = await sync();
    expect(results['alpha']?.tvShows.errors).toEqual([]);
    const show = await database.tvShows.load(other);
    expect(show).toMatchObject({ title: 'A Free Name' });
    const children = { showId: show?._id, showTitle: 'A Free Name' };
    expect(await database.seasons.count(children)).toBe(await database.seasons.count({ showId: show?._id }));
    expect(await database.episodes.count(children)).toBeGreaterThan(0);
  });
});

test('workers that note in the gates what they have read are not overruled (0014)', async () => {
  await sync();
  const title = libraries.movieTitle(0);
  const units = new Map<string, Unit>([
    [title, { kind: 'movie', title }],
    [SHOW, { kind: 'show', title: SHOW }],
    [`${SHOW}, season 1`, { kind: 'season', title: SHOW, season: 1 }],
    [`${SHOW} S01E01`, { kind: 'episodes', title: SHOW, season: 1 }],
  ]);
  const { gates } = world.database;
  for (const unit of units.values())
    await gates.changeApplied(unit, { set: { '98/old': 'a' }, forgotten: [] });
  alpha.library.replacePoster(title);
  alpha.library.renameShow(SHOW, 'Breaking Pointer');
  alpha.library.replaceSeasonPoster(SHOW, 'Season 1');
  alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E01');
  const before = new Map<string, object>();
  const adapter = world.dependencies.fileServers.get('alpha');
  const fetchFile = adapter.fetchFile.bind(adapter);
  // While a file is read, a worker notes one thing and takes back another.
  jest.spyOn(adapter, 'fetchFile').mockImplementation(async (content, url, options) => {
    const unit = units.get(options.title);
    if (unit !== undefined && !before.has(unit.kind)) {
      before.set(unit.kind, { ...(await gates.load(unit))?.applied });
      await gates.changeApplied(unit, { set: { '99/new': 'b' }, forgotten: ['98/old'] });
    }
    return fetchFile(content, url, options);
  });
  await sync();
  for (const unit of units.values()) {
    const applied = (await gates.load(unit))?.applied;
    expect(applied).toMatchObject({ '99/new': 'b' });
    expect(applied).not.toHaveProperty(['98/old']);
    // The pass itself has noted something there.
    expect(applied).not.toMatchObject({ ...before.get(unit.kind), '98/old': undefined });
  }
});
