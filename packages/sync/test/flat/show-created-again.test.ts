import { ReelsyncError } from '@reelsync/core';
import type { SampleServer } from '@reelsync/sample-library';
import type { FlatSyncAllResult } from '@reelsync/sync';
import { catalogueOf, FlatWorld } from './support/flat-world';
import { SharedLibraries, SHOW } from './support/shared-libraries';

describe('CL-5: a show whose document alone was deleted is created again under the id that its children hold', () => {
  let libraries: SharedLibraries;
  let servers: readonly SampleServer[];
  let world: FlatWorld;
  beforeEach(async () => {
    libraries = await SharedLibraries.start();
    servers = [libraries.alpha, libraries.beta];
    world = await FlatWorld.create(libraries);
    // Otherwise than its folder, after which a show is called until its metadata was read.
    for (const { library } of servers) library.renameShow(SHOW, 'Breaking Pointer');
    await sync();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await world.dispose();
    await libraries.close();
  });

  function sync(): Promise<FlatSyncAllResult> {
    return world.flat.syncAll({ skipInitialization: true });
  }

  /** Ids and who refers to whom, of everything. */
  async function relations(): Promise<object[]> {
    const { catalogue } = world.connection;
    const found = ['FlatTVShows', 'FlatSeasons', 'FlatEpisodes'].map((name) =>
      catalogue
        .collection(name)
        .find({}, { projection: { showId: 1, seasonId: 1, seasonNumber: 1, episodeNumber: 1 } })
        .toArray(),
    );
    return (await Promise.all(found)).flat();
  }

  async function deleteShow(): Promise<void> {
    await world.connection.catalogue.collection('FlatTVShows').deleteOne({ originalTitle: SHOW });
  }

  test('with the same relations, and without a second season or episode', async () => {
    const [before, related] = [await catalogueOf(world.connection), await relations()];
    await deleteShow();
    const { servers: results, summary } = await sync();
    expect(summary.failed).toBe(0);
    expect(results['alpha']?.tvShows.processed).toMatchObject([{ title: SHOW, outcome: 'created' }]);
    expect(await relations()).toEqual(expect.arrayContaining(related));
    expect(await relations()).toHaveLength(related.length);
    expect(await catalogueOf(world.connection)).toEqual(before);
  });

  test('B-25: a rename of its children that the database refuses is an error of the show; the next run finishes it', async () => {
    await deleteShow();
    for (const { library } of servers) library.renameShow(SHOW, 'Breaking Pointest');
    const refused = new ReelsyncError('DATABASE_CONFLICT', 'refused');
    jest.spyOn(world.database.seasons, 'renameShow').mockRejectedValueOnce(refused);
    const { servers: results } = await sync();
    expect(results['alpha']?.tvShows.errors).toMatchObject([{ title: SHOW, code: 'DATABASE_CONFLICT' }]);
    expect(results['alpha']?.seasons.processed.length).toBeGreaterThan(0);
    expect((await sync()).summary.failed).toBe(0);
    expect(await world.database.gates.load({ kind: 'show', title: SHOW })).not.toHaveProperty([
      'applied',
      'renaming',
    ]);
  });

  test('B-3: under another title all children get it, those that no server lists any more among them', async () => {
    const related = await relations();
    await deleteShow();
    // Nothing remembers what was read or renamed.
    await world.connection.state.collection('gates').deleteMany({});
    for (const { library } of servers) {
      const folder = library.shows.get(SHOW);
      if (folder === undefined) continue;
      const seasons = folder.seasons.filter(({ name }) => name !== 'Season 1');
      library.shows.set(SHOW, { ...folder, seasons });
      library.renameShow(SHOW, 'Breaking Pointest');
    }
    await sync();
    expect(await relations()).toEqual(expect.arrayContaining(related));
    expect(await relations()).toHaveLength(related.length);
    const { FlatSeasons, FlatEpisodes } = await catalogueOf(world.connection);
    for (const children of [FlatSeasons, FlatEpisodes])
      expect(new Set(Object.values(children).map(({ showTitle }) => showTitle))).toEqual(
        new Set(['Breaking Pointest']),
      );
    expect(await world.database.gates.load({ kind: 'show', title: SHOW })).not.toHaveProperty([
      'applied',
      'renaming',
    ]);
  });
});
