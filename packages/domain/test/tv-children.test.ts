import { ReelsyncError, type ShowRecord, unitKey, type Unit } from '@reelsync/core';
import {
  changedDocuments,
  episodeOf,
  pendingUnits,
  seasonOfShow,
  showOf,
  tvCatalogue,
  unitOutcomes,
  useTvWorlds,
  type TvWorld,
} from './support/tv-world';
import type { World } from './support/world';

const SHOW = 'Breaking Point';
const COMPLICATED = "It's Complicated & Co. (2019)";
const EPISODES: Unit = { kind: 'episodes', title: SHOW, season: 1 };
const HOUR_MS = 3_600_000;

type Hints = Pick<ShowRecord, 'backdropFocal' | 'backdropFocalSuggested'>;

function hintsOf(show: Hints): Hints {
  const { backdropFocal, backdropFocalSuggested } = show;
  return {
    ...(backdropFocal === undefined ? {} : { backdropFocal }),
    ...(backdropFocalSuggested === undefined ? {} : { backdropFocalSuggested }),
  };
}

describe('shows and their children', () => {
  const start = useTvWorlds();
  afterEach(() => jest.restoreAllMocks());

  /** Of an inventory that no job has applied yet. */
  async function startWithoutCatalogue(): Promise<TvWorld> {
    const started = await start();
    started.world.units.isLost = () => true;
    await started.world.scan();
    started.world.units.isLost = () => false;
    started.world.units.enqueued.length = 0;
    return started;
  }

  test('a child whose parents are not in the catalogue waits until their jobs have run (DM-2)', async () => {
    const { world } = await startWithoutCatalogue();
    await world.units.enqueue([EPISODES], { runIds: [], urgency: 'person' });
    const ends = await world.units.drain();
    const created = ends.filter(({ outcome }) => outcome === 'created').map(({ unit }) => unitKey(unit));
    expect(created).toContain(`show/${SHOW}`);
    expect(created).toContain(`season/1/${SHOW}`);
    expect(created).toContain(unitKey(EPISODES));
    expect(new Set(ends.map(({ outcome }) => outcome))).toEqual(new Set(['created', 'unchanged']));
    const { _id: showId } = await showOf(world, SHOW);
    const { _id: seasonId } = await seasonOfShow(world, SHOW, 1);
    expect(await episodeOf(world, SHOW, 1, 1)).toMatchObject({ showId, seasonId, showTitle: SHOW });
  });

  test('children of a show that cannot be written fail instead of waiting for ever, and follow once it can', async () => {
    const { world, alpha, expectTv } = await start();
    alpha.library.renameShow(SHOW, 'x'.repeat(501));
    const first = await world.scan();
    expect(unitOutcomes(first)).toMatchObject({
      [`show/${SHOW}`]: 'DOCUMENT_INVALID',
      [`season/1/${SHOW}`]: 'PARENT_FAILED',
      [`episodes/1/${SHOW}`]: 'PARENT_FAILED',
    });
    expect(first.run).toMatchObject({ status: 'done', counts: { failed: 7 } });
    expect((await world.scan()).planned).toBe(0);
    alpha.library.renameShow(SHOW, 'Short again');
    const second = await world.scan();
    expect(second.run.counts).toMatchObject({ planned: 7, created: 7 });
    await expectTv();
  });

  test('B-12: also of a show that a unique index of the website refuses (sync-semantics §1.7)', async () => {
    const { world, expectTv } = await start();
    const shows = world.connection.catalogue.collection('FlatTVShows');
    await shows.createIndex({ title: 1 }, { unique: true }, undefined);
    const { insertedId: _id } = await shows.insertOne({ originalTitle: 'By an admin', title: SHOW });
    const first = await world.scan();
    expect(unitOutcomes(first)).toMatchObject({
      [`show/${SHOW}`]: 'DOCUMENT_INVALID',
      [`season/1/${SHOW}`]: 'PARENT_FAILED',
      [`episodes/1/${SHOW}`]: 'PARENT_FAILED',
    });
    expect(first.run).toMatchObject({ status: 'done', counts: { failed: 7 } });
    expect((await world.scan()).planned).toBe(0);
    await shows.deleteOne({ _id });
    world.advanceClock(HOUR_MS + 1000);
    await world.scan();
    await expectTv();
  });

  test('an unknown show, season or season of episodes is TITLE_UNKNOWN', async () => {
    const { world } = await start();
    await world.scan();
    const units: Unit[] = [
      { kind: 'show', title: 'Nobody' },
      { kind: 'season', title: SHOW, season: 9 },
      { kind: 'episodes', title: SHOW, season: 9 },
    ];
    for (const unit of units)
      await expect(world.syncUnit(unit)).rejects.toMatchObject({ code: 'TITLE_UNKNOWN' });
  });

  test('a child that a run waits for starts with its parent, also when another job applied it meanwhile', async () => {
    const { world } = await start();
    await world.scan();
    const { runs } = world.database;
    const runId = await runs.create({ trigger: 'cli', scope: { kind: 'sweep' }, startedAt: world.now() });
    const season: Unit = { kind: 'season', title: SHOW, season: 1 };
    await runs.plan(runId, [EPISODES, season], world.now());
    await runs.donePlanning(runId);
    await world.units.enqueue([{ kind: 'show', title: SHOW }], { runIds: [], urgency: 'bulk' });
    expect((await world.units.drain()).map(({ unit }) => unitKey(unit))).toEqual(
      [{ kind: 'show' as const, title: SHOW }, season, EPISODES].map(unitKey),
    );
    expect(await runs.settle(world.now())).toMatchObject([{ id: runId, counts: { unchanged: 2 } }]);
  });

  test('a season that a show says something else about is compared anew, and only what differs is written', async () => {
    const { world, alpha, expectTv } = await start();
    await world.scan();
    const before = await tvCatalogue(world);
    const { tvShows } = world.database;
    const metadata = { ...(await showOf(world, SHOW)).metadata, seasons: [] };
    // Somebody spoils what the catalogue says; the server's next word repairs it.
    await tvShows.update(SHOW, { metadata });
    alpha.library.renameShow(SHOW, SHOW);
    const { units } = await world.scan();
    expect(unitOutcomes({ units })).toMatchObject({ [`show/${SHOW}`]: 'updated' });
    expect(changedDocuments(before, await tvCatalogue(world))).toMatchObject({ seasons: [], episodes: [] });
    await expectTv();
  });

  describe('what an admin changes without a lock and the show’s job puts back reaches the children again', () => {
    async function renameByWebsite(world: World, title: string): Promise<void> {
      const { catalogue } = world.connection;
      const { _id: showId } = await showOf(world, SHOW);
      await catalogue.collection('FlatTVShows').updateOne({ _id: showId }, { $set: { title } });
      for (const name of ['FlatSeasons', 'FlatEpisodes'])
        await catalogue.collection(name).updateMany({ showId }, { $set: { showTitle: title } });
    }

    test.each([
      ['at once', 0, 'updated'],
      ['when the job dies after it has written the show', 1, 'DATABASE_UNAVAILABLE'],
    ])('B-3: a title, %s', async (_when, deaths, outcome) => {
      const { world, alpha, expectTv } = await start();
      await world.scan();
      await renameByWebsite(world, 'By an admin');
      alpha.library.addEpisode(SHOW, 'Season 1');
      const cascade = jest.spyOn(world.database.seasons, 'renameShow');
      const error = new ReelsyncError('DATABASE_UNAVAILABLE', 'the database is away');
      for (let i = 0; i < deaths; i += 1) cascade.mockRejectedValueOnce(error);
      expect(unitOutcomes(await world.scan())).toMatchObject({ [`show/${SHOW}`]: outcome });
      expect(await showOf(world, SHOW)).toMatchObject({ title: SHOW });
      await world.scan();
      expect(await seasonOfShow(world, SHOW, 2)).toMatchObject({ showTitle: SHOW });
      await expectTv();
    });

    test('the part of the metadata that is about the seasons', async () => {
      const { world, alpha, expectTv } = await start();
      await world.scan();
      const season: Unit = { kind: 'season', title: SHOW, season: 1 };
      const seasons = [{ season_number: 1, name: 'By an admin' }];
      const metadata = { ...(await showOf(world, SHOW)).metadata, seasons };
      await world.database.tvShows.update(SHOW, { metadata });
      // A job that comes between takes over what is there.
      expect(await world.syncUnit(season, { force: true })).toMatchObject({ outcome: 'updated' });
      alpha.library.addEpisode(SHOW, 'Season 2');
      expect(unitOutcomes(await world.scan())).toMatchObject({ [unitKey(season)]: 'updated' });
      await expectTv();
    });

    test('a job that changes nothing of it tells nobody', async () => {
      const { world } = await start();
      await world.scan();
      await world.database.tvShows.update(SHOW, {
        overview: 'By an admin',
        posterURL: 'https://a/poster.jpg',
      });
      world.takeWrites();
      const show = await world.syncUnit({ kind: 'show', title: SHOW }, { force: true });
      expect(show.changedFields).toContain('posterURL');
      const writes = new Set(world.takeWrites());
      expect(writes).toEqual(new Set(['update FlatTVShows', 'update gates']));
    });
  });

  test('B-12: two shows with one display title stay apart', async () => {
    const { world, alpha, beta, expectTv } = await start();
    for (const { library } of [alpha, beta]) {
      library.renameShow(SHOW, 'Twins');
      library.renameShow('1883', 'Twins');
    }
    await world.scan();
    await expectTv();
    const [one, other] = [await showOf(world, SHOW), await showOf(world, '1883')];
    expect([one.title, other.title]).toEqual(['Twins', 'Twins']);
    alpha.library.renameShow('1883', '1883');
    await world.scan();
    await expectTv();
    expect(await episodeOf(world, SHOW, 1, 1)).toMatchObject({ showTitle: 'Twins' });
    expect(await episodeOf(world, '1883', 1, 1)).toMatchObject({ showTitle: '1883' });
  });

  test('B-25: a rename together with other changes takes one scan, and no episode loses a field', async () => {
    const { world, alpha, expectTv } = await start();
    await world.scan();
    const before = await tvCatalogue(world);
    alpha.library.renameShow(SHOW, 'Breaking Apart');
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E01');
    alpha.library.replaceSeasonPoster(SHOW, 'Season 2');
    alpha.library.addEpisode(SHOW, 'Season 2');
    await world.scan();
    await expectTv();
    const after = await tvCatalogue(world);
    for (const kind of ['seasons', 'episodes'] as const) {
      const stored = new Map<string, object>(
        after[kind].map((document) => [document._id.toHexString(), document]),
      );
      for (const document of before[kind])
        expect(Object.keys(stored.get(document._id.toHexString()) ?? {})).toEqual(
          expect.arrayContaining(Object.keys(document)),
        );
    }
    expect((await world.scan()).planned).toBe(0);
  });

  test('B-13, B-15: focal hints reach shows; episodes have the copies of their metadata', async () => {
    const { world } = await start();
    await world.scan();
    const { shows } = await tvCatalogue(world);
    const stored = shows.map((show) => [show.originalTitle, hintsOf(show)]);
    const listed = shows.map(async ({ originalTitle: title }) => {
      const entries = await world.database.inventory.load<ShowRecord>({ kind: 'show', title });
      // In the order of precedence, which is that of the ids here.
      const records = entries.map(({ record }) => record);
      return [title, Object.assign({}, ...records.reverse().map(hintsOf)) as Hints];
    });
    expect(stored).toEqual(await Promise.all(listed));
    expect(shows.flatMap((show) => Object.values(hintsOf(show)))).toContainEqual(expect.any(String));
    const episode = await episodeOf(world, SHOW, 1, 1);
    expect(episode).toMatchObject({ runtime: 45, rating: 8, crew: [], guestStars: [] });
    expect(episode.airDate).toEqual(new Date(String(episode.metadata?.['air_date'])));
    expect([episode.overview, episode.stillPath]).toEqual([
      episode.metadata?.['overview'],
      episode.metadata?.['still_path'],
    ]);
  });

  test('B-16: without metadata an episode has the name that the server derived, else its number', async () => {
    const { world, alpha, beta } = await start();
    for (const { faults } of [alpha, beta]) faults.add({ match: '\\d_metadata\\.json', status: 404 });
    const { run } = await world.scan();
    expect(run.counts.failed).toBe(0);
    expect(await episodeOf(world, SHOW, 1, 2)).toMatchObject({
      title: "The Cat's in the Bag",
      titleSource: 'alpha',
      metadata: {},
    });
    expect(await episodeOf(world, COMPLICATED, 1, 1)).toMatchObject({ title: 'Episode 1' });
  });

  test('B-39: counts are those of all servers, whichever of them was scanned last', async () => {
    const { world, alpha, beta } = await start();
    await world.scan();
    const counts = { seasonCount: 3, totalEpisodeCount: 5 };
    expect(await showOf(world, SHOW)).toMatchObject(counts);
    for (const [{ library }, id] of [[alpha, 'alpha'] as const, [beta, 'beta'] as const]) {
      library.replaceSeasonPoster(SHOW, 'Season 1');
      await world.scan({ serverIds: [id] });
      expect(await showOf(world, SHOW)).toMatchObject(counts);
    }
    alpha.library.addEpisode(SHOW, 'Season 4');
    await world.scan();
    expect(await showOf(world, SHOW)).toMatchObject({ seasonCount: 4, totalEpisodeCount: 6 });
  });

  test('B-43: a locked thumbnail stays; unlocking it re-opens the gate of its season in a full scan', async () => {
    const { world, alpha, expectTv } = await start();
    await world.scan();
    const episodes = world.connection.catalogue.collection('FlatEpisodes');
    const { _id, thumbnail } = await episodeOf(world, SHOW, 1, 2);
    await episodes.updateOne({ _id }, { $set: { lockedFields: { thumbnail: true } } });
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    await world.scan();
    expect((await episodeOf(world, SHOW, 1, 2)).thumbnail).toBe(thumbnail);
    await episodes.updateOne({ _id }, { $unset: { lockedFields: '' } });
    const { units } = await world.scan({ full: true });
    expect(units.filter(({ outcome }) => outcome !== 'unchanged')).toMatchObject([{ unit: EPISODES }]);
    await expectTv();
  });

  test('a file that is no JSON fails its unit after everything else was written, and is held back', async () => {
    const { world, alpha, expectTv } = await start();
    alpha.faults.add({ match: 'Breaking%20Point/Season%201/01_metadata', body: 'not-json' });
    const first = await world.scan();
    expect(unitOutcomes(first)).toMatchObject({ [unitKey(EPISODES)]: 'METADATA_INVALID' });
    expect(first.run.counts.failed).toBe(1);
    expect(await episodeOf(world, SHOW, 1, 2)).toMatchObject({ metadataSource: 'alpha' });
    expect((await world.scan()).planned).toBe(0);
    alpha.faults.clear();
    world.advanceClock(HOUR_MS + 1000);
    expect(unitOutcomes(await world.scan())).toEqual({ [unitKey(EPISODES)]: 'updated' });
    await expectTv();
  });

  test('a server whose TV listing fails has not answered; nothing of it changes', async () => {
    const { world, alpha } = await start();
    await world.scan();
    const before = await tvCatalogue(world);
    alpha.library.removeShow(SHOW);
    alpha.faults.add({ match: '/media/tv', status: 500 });
    const { servers, planned } = await world.scan();
    expect(servers.get('alpha')).toMatchObject({ status: 'failed', code: 'SERVER_ERROR' });
    expect(planned).toBe(0);
    expect(changedDocuments(before, await tvCatalogue(world))).toEqual({
      shows: [],
      seasons: [],
      episodes: [],
    });
    alpha.faults.clear();
    await world.scan();
    expect(await showOf(world, SHOW)).toMatchObject({ posterSource: 'beta' });
  });

  test('a TV listing that lost most of its records is refused', async () => {
    const { world, alpha } = await start();
    await world.scan();
    for (const title of [...alpha.library.shows.titles()].slice(0, 5)) alpha.library.removeShow(title);
    const { servers, planned } = await world.scan();
    expect(servers.get('alpha')).toMatchObject({ status: 'refused', code: 'LISTING_SHRUNKEN' });
    expect(planned).toBe(0);
    expect(await pendingUnits(world)).toEqual([]);
  });

  test('only the wanted episodes are brought up to date, and the gate stays as it was', async () => {
    const { world, alpha, expectTv } = await start();
    await world.scan();
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E01');
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    world.units.isLost = () => true;
    await world.scan();
    const before = await tvCatalogue(world);
    const { outcome, changedFields, warnings } = await world.syncUnit(EPISODES, { episodes: [2, 77] });
    expect([outcome, changedFields]).toEqual(['updated', ['E02.thumbnail', 'E02.thumbnailBlurhash']]);
    expect(warnings).toContainEqual({ code: 'EPISODES_UNKNOWN', message: 'no server lists episode 77' });
    expect(changedDocuments(before, await tvCatalogue(world)).episodes).toEqual([`${SHOW} 1 2`]);
    expect(await pendingUnits(world)).toContain(unitKey(EPISODES));
    // The gate is not asked either: what it would call applied is looked at again.
    expect(await world.syncUnit(EPISODES, { episodes: [2] })).toMatchObject({ outcome: 'unchanged' });
    await expect(world.syncUnit(EPISODES, { episodes: [77] })).rejects.toMatchObject({
      code: 'TITLE_UNKNOWN',
    });
    world.units.isLost = () => false;
    expect(unitOutcomes(await world.scan())).toEqual({ [unitKey(EPISODES)]: 'updated' });
    await expectTv();
  });

  test('CD-5: a job for single episodes does not answer what was forced of the whole season', async () => {
    const { world } = await start();
    await world.scan();
    const { gates } = world.database;
    await gates.requestForce([EPISODES], new Date(), ['metadata']);
    await world.syncUnit(EPISODES, { episodes: [2], operations: ['metadata'] });
    expect(await gates.load(EPISODES)).toMatchObject({ forcedOperations: { metadata: expect.any(Date) } });
    await world.syncUnit(EPISODES, { operations: ['metadata'] });
    expect(await gates.load(EPISODES)).toMatchObject({ forcedOperations: {} });
  });

  test('an episode that fails when it alone is wanted does not hold back its season', async () => {
    const { world, alpha, expectTv } = await start();
    alpha.faults.add({ match: 'Breaking%20Point/Season%201/01_metadata', body: 'not-json' });
    world.units.isLost = (unit) => unitKey(unit) === unitKey(EPISODES);
    await world.scan();
    await expect(world.syncUnit(EPISODES, { episodes: [1] })).rejects.toMatchObject({
      code: 'METADATA_INVALID',
    });
    const gate = await world.database.gates.load(EPISODES);
    for (const part of ['failure', 'fingerprint']) expect(gate).not.toHaveProperty(part);
    alpha.faults.clear();
    world.units.isLost = () => false;
    await world.scan();
    await expectTv();
  });

  test('only the wanted strategies run, and the gate stays as it was', async () => {
    const { world, alpha, expectTv } = await start();
    await world.scan();
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    world.units.isLost = () => true;
    await world.scan();
    const { changedFields } = await world.syncUnit(EPISODES, { operations: ['assets'] });
    expect(changedFields).toEqual(['E02.thumbnail']);
    expect(await pendingUnits(world)).toContain(unitKey(EPISODES));
    world.units.isLost = () => false;
    await world.scan();
    await expectTv();
  });
});
