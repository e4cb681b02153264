import { parentsOf, unitKey } from '@reelsync/core';
import {
  changedDocuments,
  episodeOf,
  listedEpisode,
  pendingUnits,
  seasonOfShow,
  showOf,
  tvCatalogue,
  unitOutcomes,
  useTvWorlds,
} from './support/tv-world';

const SHOW = 'Breaking Point';
const COMPLICATED = "It's Complicated & Co. (2019)";
const NO_CHANGE = { shows: [], seasons: [], episodes: [] };

describe('shows, seasons and episodes', () => {
  const start = useTvWorlds();

  test('two libraries that overlap: the catalogue is what the oracle says; the second scan asks twice per server and writes nothing', async () => {
    const { world, alpha, beta, expectTv } = await start();
    const first = await world.scan();
    await expectTv();
    expect(first.run).toMatchObject({ status: 'done', counts: { planned: first.units.length, failed: 0 } });
    expect(new Set(Object.values(unitOutcomes(first)))).toEqual(new Set(['created']));

    for (const server of [alpha, beta]) server.resetStats();
    world.takeWrites();
    const second = await world.scan();
    expect(second).toMatchObject({ planned: 0, units: [] });
    expect(world.takeWrites()).toEqual([]);
    for (const server of [alpha, beta]) {
      const { requests, classes } = server.stats();
      expect({ requests, notModified: classes.listing.notModified }).toEqual({ requests: 2, notModified: 2 });
    }
  });

  test('parents first: a season starts after its show, episodes after their season, and each unit once', async () => {
    const { world } = await start();
    const { units } = await world.scan();
    const { enqueued } = world.units;
    expect(new Set(enqueued).size).toBe(enqueued.length);
    expect([...enqueued].sort()).toEqual(units.map(({ unit }) => unitKey(unit)).sort());
    const tooEarly = units.flatMap(({ unit }) =>
      parentsOf(unit).filter((parent) => enqueued.indexOf(unitKey(parent)) > enqueued.indexOf(unitKey(unit))),
    );
    expect(tooEarly).toEqual([]);
  });

  test.each(['full', 'force'] as const)(
    'a %s scan plans every unit, runs parents first and changes nothing',
    async (mode) => {
      const { world, expectTv } = await start();
      const first = await world.scan();
      const before = await tvCatalogue(world);
      const again = await world.scan({ [mode]: true });
      expect(again.run.counts).toMatchObject({ planned: first.planned, unchanged: first.planned });
      expect(changedDocuments(before, await tvCatalogue(world))).toEqual(NO_CHANGE);
      await expectTv();
    },
  );

  test('one changed thumbnail is one episodes unit and one changed document', async () => {
    const { world, alpha, expectTv } = await start();
    await world.scan();
    const before = await tvCatalogue(world);
    alpha.resetStats();
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    const scan = await world.scan();
    expect(unitOutcomes(scan)).toEqual({ [`episodes/1/${SHOW}`]: 'updated' });
    expect(scan.units.flatMap(({ changedFields }) => changedFields).sort()).toEqual([
      'E02.thumbnail',
      'E02.thumbnailBlurhash',
    ]);
    expect(changedDocuments(before, await tvCatalogue(world))).toEqual({
      ...NO_CHANGE,
      episodes: [`${SHOW} 1 2`],
    });
    const { metadata, blurhash } = alpha.stats().classes;
    expect([metadata.requests, blurhash.requests]).toEqual([1, 1]);
    await expectTv();
  });

  test('B-41: a season poster alone is one season unit and one changed document', async () => {
    const { world, alpha, expectTv } = await start();
    await world.scan();
    const before = await tvCatalogue(world);
    alpha.library.replaceSeasonPoster(SHOW, 'Season 2');
    expect(unitOutcomes(await world.scan())).toEqual({ [`season/2/${SHOW}`]: 'updated' });
    expect(changedDocuments(before, await tvCatalogue(world))).toEqual({
      ...NO_CHANGE,
      seasons: [`${SHOW} 2`],
    });
    await expectTv();
  });

  test('Scenario 3, B-3: a renamed show renames its children by id; ids stay, the next run is a no-op', async () => {
    const { world, alpha, expectTv } = await start();
    await world.scan();
    const before = await tvCatalogue(world);
    alpha.library.renameShow(SHOW, 'Breaking Apart');
    const renamed = await world.scan();
    expect(renamed.run.counts).toMatchObject({ planned: renamed.units.length, created: 0, failed: 0 });
    await expectTv();
    const after = await tvCatalogue(world);
    for (const kind of ['shows', 'seasons', 'episodes'] as const)
      expect(after[kind].map(({ _id }) => _id)).toEqual(before[kind].map(({ _id }) => _id));
    const { _id } = await showOf(world, SHOW);
    for (const child of [...after.seasons, ...after.episodes])
      expect(child.showTitle === 'Breaking Apart').toBe(child.showId.equals(_id));
    world.takeWrites();
    expect((await world.scan()).planned).toBe(0);
    expect(world.takeWrites()).toEqual([]);
  });

  test('B-3: a crash between the show and its children: the next scan renames them all the same', async () => {
    const { world, alpha, expectTv } = await start();
    await world.scan();
    alpha.library.renameShow(SHOW, 'Breaking Apart');
    const { seasons } = world.database;
    const crash = jest.spyOn(seasons, 'renameShow').mockRejectedValueOnce(new Error('killed'));
    expect(unitOutcomes(await world.scan())).toEqual({ [`show/${SHOW}`]: 'UNEXPECTED' });
    crash.mockRestore();
    expect((await showOf(world, SHOW)).title).toBe('Breaking Apart');
    await world.scan();
    await expectTv();
  });

  test('Scenario 4, B-1: metadata of an episode that fails once is read by the next scan, without any change on the server', async () => {
    const { world, alpha, expectTv } = await start();
    const listed = '01_metadata\\.json';
    alpha.faults.add({ match: `Breaking%20Point/Season%201/${listed}`, status: 500 });
    const first = await world.scan();
    expect(unitOutcomes(first)).toMatchObject({
      [`show/${SHOW}`]: 'created',
      [`season/1/${SHOW}`]: 'created',
      [`episodes/1/${SHOW}`]: 'SERVER_ERROR',
    });
    expect(await pendingUnits(world)).toEqual([`episodes/1/${SHOW}`]);
    expect(await episodeOf(world, SHOW, 1, 1)).toMatchObject({
      title: 'Pilot',
      metadata: {},
      videoSource: 'alpha',
    });
    expect((await episodeOf(world, SHOW, 1, 2)).metadataSource).toBe('alpha');

    alpha.faults.clear();
    alpha.resetStats();
    expect(unitOutcomes(await world.scan())).toEqual({ [`episodes/1/${SHOW}`]: 'updated' });
    expect(alpha.stats().classes.metadata.requests).toBe(1);
    await expectTv();
    expect((await world.scan()).planned).toBe(0);
  });

  test('Scenario 10, B-1: a crash after the show was written and before its episodes: the next scan completes them (CD-2)', async () => {
    const { world, expectTv } = await start();
    world.units.isLost = ({ kind, title }) => kind !== 'show' && title === SHOW;
    await world.scan();
    expect(await showOf(world, SHOW)).toMatchObject({ title: SHOW });
    expect(await pendingUnits(world)).toEqual([
      ...[1, 2, 3].map((season) => `season/${season}/${SHOW}`),
      ...[1, 2, 3].map((season) => `episodes/${season}/${SHOW}`),
    ]);
    world.units.isLost = () => false;
    const second = await world.scan();
    expect(second.run.counts).toMatchObject({ planned: 6, created: 6 });
    await expectTv();
  });

  test('Scenario 1, B-2: mirrored servers: everything is owned by priority 1, a second run writes nothing', async () => {
    const { world, expectTv } = await start({ mirrored: true });
    await world.scan();
    await expectTv();
    const { shows, seasons, episodes } = await tvCatalogue(world);
    const sources = [...shows, ...seasons, ...episodes].flatMap((document) =>
      Object.entries(document).flatMap(([field, value]) => (field.endsWith('Source') ? [value] : [])),
    );
    expect(new Set(sources)).toEqual(new Set(['alpha']));
    world.takeWrites();
    expect((await world.scan()).planned).toBe(0);
    await world.scan({ full: true });
    expect(world.takeWrites().filter((write) => /Flat|inventory/.test(write))).toEqual([]);
  });

  test('Scenario 13, B-20, B-21: `Season 02` and `Season 2`, `Specials` and `S02`, `S02E101`: one season each, nothing lost', async () => {
    const { world, alpha, expectTv } = await start();
    alpha.library.addEpisode('1883', 'S02');
    await world.scan();
    await expectTv();
    const { _id } = await showOf(world, COMPLICATED);
    const numbers = async (season: number): Promise<number[]> =>
      (await world.database.episodes.loadSeason(_id, season)).map(({ episodeNumber }) => episodeNumber);
    // `Bonus.mp4` is episode 4 for the server (contract §3.6).
    expect([await numbers(0), await numbers(2)]).toEqual([
      [1, 4],
      [1, 3, 101],
    ]);
    expect(await episodeOf(world, COMPLICATED, 2, 1)).toMatchObject({ videoSource: 'alpha' });
    expect(await episodeOf(world, COMPLICATED, 2, 3)).toMatchObject({ videoSource: 'beta' });
    expect(await seasonOfShow(world, '1883', 2)).toMatchObject({ originalTitle: 'Season 2' });
  });

  test('a show without any episode is written too (ST-T6)', async () => {
    const { world } = await start();
    await world.scan();
    expect(await showOf(world, 'Nothing Downloaded')).toMatchObject({
      title: 'Nothing Downloaded',
      seasonCount: 0,
      totalEpisodeCount: 0,
    });
  });

  test('what vanishes from a server falls to the other one; what no server holds any more stays (CL-1)', async () => {
    const { world, alpha, beta } = await start();
    await world.scan();
    const last = await listedEpisode(world, world.servers[0]!, SHOW, 1, 2);
    alpha.library.removeEpisode(SHOW, 'Season 1', 'S01E01');
    alpha.library.removeEpisode(SHOW, 'Season 1', 'S01E02');
    await world.scan();
    expect(await episodeOf(world, SHOW, 1, 1)).toMatchObject({
      videoSource: 'beta',
      thumbnailSource: 'beta',
    });
    expect((await episodeOf(world, SHOW, 1, 2)).videoURL).toContain(last.video?.path);
    for (const { library } of [alpha, beta]) library.removeShow(SHOW);
    const gone = await world.scan();
    expect(new Set(Object.values(unitOutcomes(gone)))).toEqual(new Set(['skipped']));
    expect(await showOf(world, SHOW)).toMatchObject({ title: SHOW });
    expect((await world.scan({ full: true })).run).toMatchObject({ status: 'done' });
  });
});
