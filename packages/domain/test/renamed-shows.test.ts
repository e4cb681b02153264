import { listShow, seasonWith } from './support/listed-season';
import { ListingServer } from './support/listing-server';
import { tvCatalogue } from './support/tv-world';
import { World } from './support/world';

describe('Scenario 3, B-3: a renamed show renames the children that no server lists any more too', () => {
  let server: ListingServer;
  let world: World;
  beforeEach(async () => {
    server = await ListingServer.start();
    world = await World.create({ servers: [server.configured], tv: true, indexes: false });
  });
  afterEach(async () => {
    await world.dispose();
    await server.close();
  });

  test('seasons and episodes, in one write each, and the next scan writes nothing', async () => {
    listShow(server, 'Old', { 'Season 1': seasonWith(1, 2), 'Season 2': seasonWith(1) });
    await world.scan();
    // Nothing deletes S01E02 and season 2 (CL-1), and no job of their own looks at them.
    listShow(server, 'Old', { 'Season 1': seasonWith(1) });
    await world.scan();
    const before = await tvCatalogue(world);
    listShow(server, 'New', { 'Season 1': seasonWith(1) });
    world.takeWrites();
    expect((await world.scan()).run.counts).toMatchObject({ created: 0, failed: 0 });
    const writes = world.takeWrites().filter((write) => /FlatSeasons|FlatEpisodes/.test(write));
    expect(writes.sort()).toEqual(['update FlatEpisodes', 'update FlatSeasons']);
    const { seasons, episodes } = await tvCatalogue(world);
    expect([seasons.length, episodes.length]).toEqual([2, 3]);
    expect(seasons.map(({ _id }) => _id)).toEqual(before.seasons.map(({ _id }) => _id));
    expect(episodes.map(({ _id }) => _id)).toEqual(before.episodes.map(({ _id }) => _id));
    for (const child of [...seasons, ...episodes]) expect(child).toMatchObject({ showTitle: 'New' });
    expect((await world.scan()).planned).toBe(0);
    expect(world.takeWrites()).toEqual([]);
  });
});
