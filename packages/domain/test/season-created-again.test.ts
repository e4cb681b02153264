import { ReelsyncError, unitKey, type Unit } from '@reelsync/core';
import { seasonWith } from './support/listed-season';
import { ListingServer } from './support/listing-server';
import { episodeOf, pendingUnits, seasonOfShow, unitOutcomes } from './support/tv-world';
import { World } from './support/world';

const HOUR_MS = 3_600_000;

describe('a season whose document was deleted is created again', () => {
  let server: ListingServer;
  let world: World;
  beforeEach(async () => {
    server = await ListingServer.start();
    world = await World.create({ servers: [server.configured], tv: true, indexes: false });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await world.dispose();
    await server.close();
  });

  async function scan(shows: Readonly<Record<string, object>>) {
    server.shows = shows;
    return world.scan();
  }

  async function deleteSeason() {
    const season = await seasonOfShow(world, 'Show', 1);
    await world.connection.catalogue.collection('FlatSeasons').deleteOne({ _id: season._id });
    return season;
  }

  test('DM-2: and its episodes refer to the new one', async () => {
    const mark = jest.spyOn(world.database.inventory, 'markEpisodesPending');
    await scan({ Show: { seasons: { 'Season 1': seasonWith(1), 'Season 2': seasonWith(1) } } });
    await scan({ Show: { seasons: { 'Season 1': seasonWith(1, 2), 'Season 2': seasonWith(1) } } });
    expect(mark).not.toHaveBeenCalled();
    const before = await deleteSeason();
    const season: Unit = { kind: 'season', title: 'Show', season: 1 };
    await world.units.enqueue([season], { runIds: [], urgency: 'person' });
    const ends = await world.units.drain();
    expect(unitOutcomes({ units: ends })).toEqual({
      [unitKey(season)]: 'created',
      [unitKey({ ...season, kind: 'episodes' })]: 'updated',
    });
    const { _id: seasonId } = await seasonOfShow(world, 'Show', 1);
    expect(seasonId).not.toEqual(before._id);
    for (const number of [1, 2])
      expect(await episodeOf(world, 'Show', 1, number)).toMatchObject({ seasonId });
    expect(await pendingUnits(world)).toEqual([]);
  });

  test('CL-5: and so do the episodes that no server lists any more', async () => {
    await scan({ Show: { seasons: { 'Season 1': seasonWith(1, 2) } } });
    await scan({ Show: { seasons: { 'Season 1': seasonWith(1) } } });
    const [before, unlisted] = [await deleteSeason(), await episodeOf(world, 'Show', 1, 2)];
    expect(unlisted.seasonId).toEqual(before._id);
    world.units.isLost = ({ kind }) => kind === 'episodes';
    await world.scan({ full: true });
    const { _id: seasonId } = await seasonOfShow(world, 'Show', 1);
    expect(await episodeOf(world, 'Show', 1, 2)).toEqual(unlisted);
    world.units.isLost = () => false;
    // The write that follows the others fails once: the gate stays open, and the next job does it.
    jest
      .spyOn(world.database.episodes, 'moveToSeason')
      .mockRejectedValueOnce(new ReelsyncError('DATABASE_UNAVAILABLE', 'the database is away'));
    const episodes = unitKey({ kind: 'episodes', title: 'Show', season: 1 });
    expect(unitOutcomes(await world.scan())).toEqual({ [episodes]: 'DATABASE_UNAVAILABLE' });
    expect(await episodeOf(world, 'Show', 1, 1)).toMatchObject({ seasonId });
    expect(unitOutcomes(await world.scan())).toEqual({ [episodes]: 'unchanged' });
    expect(await episodeOf(world, 'Show', 1, 2)).toMatchObject({ _id: unlisted._id, seasonId });
  });

  test('DM-2: also when the season was written but never complete, so that its gate is still open', async () => {
    const poster = {
      season_poster: '/tv/a/poster.jpg?hash=1',
      seasonPosterBlurhash: '/tv/a/poster.blurhash',
    };
    server.files.set('/tv/a/poster.blurhash', '<html>');
    const season: Unit = { kind: 'season', title: 'Show', season: 1 };
    const listed = { Show: { seasons: { 'Season 1': { ...seasonWith(1), ...poster } } } };
    expect(unitOutcomes(await scan(listed))).toMatchObject({ [unitKey(season)]: 'BLURHASH_INVALID' });
    const before = await deleteSeason();
    world.advanceClock(HOUR_MS + 1000);
    expect(unitOutcomes(await scan(listed))).toEqual({
      [unitKey(season)]: 'BLURHASH_INVALID',
      [unitKey({ ...season, kind: 'episodes' })]: 'updated',
    });
    const { _id: seasonId } = await seasonOfShow(world, 'Show', 1);
    expect(seasonId).not.toEqual(before._id);
    expect(await episodeOf(world, 'Show', 1, 1)).toMatchObject({ seasonId });
  });
});
