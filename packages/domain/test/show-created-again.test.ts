import { unitKey, type Unit } from '@reelsync/core';
import { listShow, seasonWith } from './support/listed-season';
import { ListingServer } from './support/listing-server';
import {
  changedDocuments,
  episodeOf,
  pendingUnits,
  showOf,
  tvCatalogue,
  unitOutcomes,
} from './support/tv-world';
import { World } from './support/world';

const SHOW: Unit = { kind: 'show', title: 'Show' };

describe('CL-5: a show whose document alone was deleted is created again under the id that its children hold', () => {
  let server: ListingServer;
  let world: World;
  beforeEach(async () => {
    server = await ListingServer.start();
    world = await World.create({ servers: [server.configured], tv: true });
    listShow(server, 'Called', { 'Season 1': seasonWith(1, 2), 'Season 2': seasonWith(1) });
    await world.scan();
  });
  afterEach(async () => {
    await world.dispose();
    await server.close();
  });

  async function deleteShow(): Promise<void> {
    const { _id } = await showOf(world, 'Show');
    await world.connection.catalogue.collection('FlatTVShows').deleteOne({ _id });
  }

  /** What readers would see of a broken relation. */
  async function expectRelations(): Promise<void> {
    const { shows, seasons, episodes } = await tvCatalogue(world);
    expect([shows.length, seasons.length, episodes.length]).toEqual([1, 2, 3]);
    const [show] = shows;
    for (const child of [...seasons, ...episodes])
      expect(child).toMatchObject({ showId: show?._id, showTitle: show?.title });
    for (const episode of episodes)
      expect(seasons.find(({ _id }) => _id.equals(episode.seasonId))).toMatchObject({
        seasonNumber: episode.seasonNumber,
      });
  }

  test('a full scan brings it back, and its children are not touched', async () => {
    const before = await tvCatalogue(world);
    await deleteShow();
    const scan = await world.scan({ full: true });
    expect(scan.run.counts).toMatchObject({ planned: 5, created: 1, unchanged: 4, failed: 0 });
    expect(unitOutcomes(scan)).toMatchObject({ [unitKey(SHOW)]: 'created' });
    const after = await tvCatalogue(world);
    expect(after.shows).toMatchObject([{ _id: before.shows[0]?._id, title: 'Called' }]);
    expect(changedDocuments(before, after)).toMatchObject({ seasons: [], episodes: [] });
    await expectRelations();
    expect(await pendingUnits(world)).toEqual([]);
    expect((await world.scan()).planned).toBe(0);
  });

  test('so does one changed episode, whose job asks for its parent', async () => {
    const before = await tvCatalogue(world);
    await deleteShow();
    const episodes: Unit = { kind: 'episodes', title: 'Show', season: 1 };
    await world.units.enqueue([episodes], { runIds: [], urgency: 'person' });
    const ends = await world.units.drain();
    expect(ends.filter(({ outcome }) => outcome === 'created').map(({ unit }) => unit)).toEqual([SHOW]);
    expect((await showOf(world, 'Show'))._id).toEqual(before.shows[0]?._id);
    await expectRelations();
  });

  test('B-3: under another title all children get it, those that no server lists any more among them', async () => {
    listShow(server, 'Called', { 'Season 1': seasonWith(1) });
    await world.scan();
    const unlisted = await episodeOf(world, 'Show', 1, 2);
    await deleteShow();
    // Nothing remembers what the children were told.
    await world.connection.state.collection('gates').deleteMany({});
    listShow(server, 'Renamed', { 'Season 1': seasonWith(1) });
    await world.scan();
    expect(await showOf(world, 'Show')).toMatchObject({ _id: unlisted.showId, title: 'Renamed' });
    expect(await episodeOf(world, 'Show', 1, 2)).toMatchObject({ _id: unlisted._id, showTitle: 'Renamed' });
    await expectRelations();
  });
});
