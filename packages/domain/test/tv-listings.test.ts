import { tvListing } from '@reelsync/domain';
import { ListingServer } from './support/listing-server';
import { collect, World } from './support/world';

const episode = (number: number) => ({ videoURL: `/tv/a/${number}.mp4`, episodeNumber: number });
const seasonWith = (...numbers: readonly number[]) => ({
  episodes: Object.fromEntries(numbers.map((number) => [`S01E0${number}`, episode(number)])),
});

describe('what a TV listing makes of the inventory', () => {
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

  async function scan(shows: Readonly<Record<string, object>>, hash = '1') {
    server.shows = shows;
    server.hash = hash;
    const { servers, units } = await world.scan();
    return { listing: servers.get(server.configured.id), kinds: units.map(({ unit }) => unit.kind) };
  }

  async function present(): Promise<string[]> {
    const stream = world.database.inventory.streamPresent(server.configured.id, tvListing.unitKinds);
    const units = await collect(stream);
    return units.map((unit) => ('season' in unit ? `${unit.kind} ${unit.season}` : unit.kind)).sort();
  }

  test('a season whose folder cannot be read is reported and stays; one that is gone is missing (scenario 13)', async () => {
    const first = { 'Season 1': seasonWith(1), 'Season 2': seasonWith(1), 'Season 3': seasonWith(1) };
    await scan({ Show: { seasons: first } });
    const { listing } = await scan({ Show: { seasons: { 'Season 1': seasonWith(1), S02: 'broken' } } });
    expect(listing).toMatchObject({ status: 'changed', vanished: 2, problemCount: 1 });
    expect(await present()).toEqual(['episodes 1', 'episodes 2', 'season 1', 'season 2', 'show']);
  });

  test('a show that cannot be read stays with everything below it', async () => {
    await scan({ Show: { seasons: { 'Season 1': seasonWith(1) } }, Other: { seasons: {} } });
    const { listing } = await scan({ Show: { seasons: 7 }, Other: { seasons: {} } });
    expect(listing).toMatchObject({ vanished: 0, problemCount: 1 });
    expect(await present()).toEqual(['episodes 1', 'season 1', 'show', 'show']);
  });

  test('most seasons of a server gone, though its shows are still there: refused', async () => {
    await scan({ Show: { seasons: { 'Season 1': seasonWith(1), 'Season 2': seasonWith(1) } } });
    const { listing } = await scan({ Show: { seasons: {} } });
    expect(listing).toMatchObject({ status: 'refused', code: 'LISTING_SHRUNKEN' });
  });

  test('an added episode changes the show (its counts), its season and their episodes', async () => {
    const others = { 'Season 2': seasonWith(1) };
    await scan({ Show: { seasons: { ...others, 'Season 1': seasonWith(1) } } });
    const { kinds } = await scan({ Show: { seasons: { ...others, 'Season 1': seasonWith(1, 2) } } });
    expect(kinds).toEqual(['show', 'season', 'episodes']);
  });

  test('other hashes of a server alone change nothing; a changed show takes them along (CD-9)', async () => {
    await scan({ Show: { seasons: {} } }, 'a');
    expect((await scan({ Show: { seasons: {}, unread: 1 } }, 'b')).kinds).toEqual([]);
    expect((await scan({ Show: { seasons: {}, backdropFocal: 'left' } }, 'c')).kinds).toEqual(['show']);
    const { inventory } = world.database;
    expect(await inventory.load({ kind: 'show', title: 'Show' })).toMatchObject([
      { serverHash: 'c', contentHash: 'c' },
    ]);
    expect(await world.database.tvShows.load('Show')).toMatchObject({ syncHash: 'c', contentHash: 'c' });
  });
});
