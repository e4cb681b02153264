import { waitFor } from '../../../tests/support';
import { ListingServer } from './support/listing-server';
import { World } from './support/world';

/** Its record names its seasons, so each of these is another revision. */
const show = (seasons: number) => ({
  seasons: Object.fromEntries(
    Array.from({ length: seasons }, (_, index) => [
      `Season ${index + 1}`,
      { episodes: { S01E01: { videoURL: '/tv/a/1.mp4', episodeNumber: 1 } } },
    ]),
  ),
});

describe('one scan of a server at a time (OR-1)', () => {
  let server: ListingServer;
  let other: ListingServer;
  let world: World;

  beforeEach(async () => {
    server = await ListingServer.start('alpha', 1);
    other = await ListingServer.start('beta', 2);
    server.shows = { Fargo: show(1) };
    other.shows = { Lost: show(1) };
    world = await World.create({ servers: [server.configured, other.configured], tv: true });
  });
  afterEach(async () => {
    await world.dispose();
    await server.close();
    await other.close();
  });

  const digestOf = async () => {
    const [entry] = await world.database.inventory.load({ kind: 'show', title: 'Fargo' });
    return entry?.digest;
  };
  const lease = () => ({ holder: 'somebody', until: new Date(Date.now() + 60_000) });

  test('a second scan of the server waits its turn; one of another server runs beside it', async () => {
    const { leases } = world.database;
    const { holder, until } = lease();
    await leases.acquire('scan/alpha', holder, until, new Date());
    await expect(world.scan({ serverIds: ['alpha', 'beta'] })).rejects.toMatchObject({
      code: 'LEASE_HELD',
      category: 'throttled',
    });
    expect((await world.scan({ serverIds: ['beta'] })).servers.get('beta')).toMatchObject({
      status: 'changed',
    });
  });

  test('a job that is taken over scans at once', async () => {
    const { leases } = world.database;
    await leases.acquire('scan/alpha', 'job-7', lease().until, new Date());
    const scan = await world.scan({ serverIds: ['alpha'], holder: 'job-7' });
    expect(scan.servers.get('alpha')).toMatchObject({ status: 'changed' });
  });

  test('a scan that was paused while reading writes nothing once another has begun', async () => {
    const paused = server.pauseListings();
    const first = world.scan({ serverIds: ['alpha'], holder: 'first' });
    first.catch(() => undefined);
    await waitFor(() => paused.held > 0);
    const listed = server.shows;
    server.shows = { Fargo: show(2) };
    // Its lease has run out meanwhile.
    await world.database.leases.acquire('scan/alpha', 'x', new Date(0), new Date(Date.now() + 90_000));
    paused.letLaterOnesPass();
    await world.scan({ serverIds: ['alpha'], holder: 'second' });
    const digest = await digestOf();
    server.shows = listed;
    paused.resume();
    await expect(first).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await digestOf()).toBe(digest);
  });

  test('a scan that finds after its write that it was succeeded makes the next one compare everything', async () => {
    await world.scan();
    server.shows = { Fargo: show(2) };
    const { inventory, leases } = world.database;
    const write = inventory.applyChanges.bind(inventory);
    // The process stands still between its look at the lease and its write: a newer scan runs meanwhile.
    jest.spyOn(inventory, 'applyChanges').mockImplementationOnce(async (...change) => {
      await leases.acquire('scan/alpha', 'x', new Date(0), new Date(Date.now() + 90_000));
      return write(...change);
    });
    await expect(world.scan({ serverIds: ['alpha'] })).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await world.database.listings.load('alpha', 'tv')).not.toHaveProperty('etag');
    expect((await world.scan()).servers.get('alpha')).toMatchObject({ status: 'changed' });
  });
});
