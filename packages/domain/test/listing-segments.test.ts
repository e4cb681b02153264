import type { MediaServer } from '@reelsync/core';
import { waitFor } from '../../../tests/support';
import { ListingServer } from './support/listing-server';
import { useSampleWorlds } from './support/sample-world';
import { useTvWorlds } from './support/tv-world';
import { outcomes, World } from './support/world';

describe('a changed listing', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  const startWithAnyText = async () => {
    const server = await ListingServer.start();
    const world = await World.create({ servers: [server.configured], tv: true, indexes: false });
    ends.push(
      () => world.dispose(),
      () => server.close(),
    );
    return { world, server };
  };
  const start = useSampleWorlds();
  const startTv = useTvWorlds();
  afterEach(() => jest.restoreAllMocks());

  test('costs look-ups for the segment of the change only, and the inventory is that of a full comparison', async () => {
    const { world, alpha, beta, expectCatalogueWithHistory } = await start({ library: { titles: 220 } });
    await world.scan();
    const lookUps = jest.spyOn(world.database.inventory, 'findDigests');
    const streams = jest.spyOn(world.database.inventory, 'streamPresent');
    const counts = jest.spyOn(world.database.inventory, 'countPresent');
    alpha.library.replacePoster('The Matrix Reloaded (2003)');
    expect(outcomes(await world.scan())).toEqual({ 'The Matrix Reloaded (2003)': 'updated' });
    const looked = lookUps.mock.calls.reduce((sum, [, units]) => sum + units.length, 0);
    expect(looked).toBeGreaterThan(0);
    expect(looked).toBeLessThan(alpha.library.movies.size);
    expect(streams).not.toHaveBeenCalled();
    expect(counts).not.toHaveBeenCalled();
    alpha.library.removeMovie('Twin Title (1990)');
    beta.library.addMovie('A New One (2020)');
    const { servers } = await world.scan();
    expect(servers.get('alpha')).toMatchObject({ changed: 0, vanished: 1 });
    expect(servers.get('beta')).toMatchObject({ changed: 1, vanished: 0 });
    await expectCatalogueWithHistory();
    const full = await world.scan({ full: true });
    expect(new Set(full.units.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged', 'skipped']));
    expect(full.servers.get('alpha')).toMatchObject({ changed: 0, vanished: 0 });
  }, 120_000);

  test('of shows: seasons and episodes of a segment that is as it was count as present', async () => {
    const { world, alpha, expectTv } = await startTv({ shows: 30 });
    await world.scan();
    const streams = jest.spyOn(world.database.inventory, 'streamPresent');
    alpha.library.replaceSeasonPoster('Breaking Point', 'Season 2');
    await world.scan();
    await expectTv();
    expect(streams).not.toHaveBeenCalled();
    alpha.library.removeShow('Breaking Point');
    expect((await world.scan()).servers.get('alpha')?.vanished).toBeGreaterThan(2);
  }, 120_000);

  test('a title that is listed twice, in a segment that is passed over and in a new one, hides no vanished title', async () => {
    const { world, server } = await startWithAnyText();
    const between = Array.from({ length: 600 }, (_, index) => `Show ${index}`);
    const listing = (...titles: string[]) =>
      `{${titles.map((title) => `"${title}":{"seasons":{}}`).join(',')}}`;
    server.text = listing('Gone', ...between, 'Twice', 'Other');
    await world.scan();
    server.text = listing('Twice', ...between, 'Twice', 'Other');
    expect((await world.scan()).servers.get(server.configured.id)).toMatchObject({
      vanished: 1,
      problemCount: 1,
    });
    const [entry] = await world.database.inventory.load({ kind: 'show', title: 'Gone' });
    expect(entry).toHaveProperty('missingSince');
  });

  test('whose changes were stored in part is compared as a whole afterwards, also when it returns to what it was', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    const { inventory, listings } = world.database;
    const store = jest.spyOn(inventory, 'applyChanges').mockRejectedValueOnce(new Error('killed'));
    alpha.library.replacePoster('The Matrix Reloaded (2003)');
    await expect(world.scan()).rejects.toThrow('killed');
    store.mockRestore();
    expect((await listings.load('alpha', 'movies'))?.etag).toBeUndefined();
    await world.units.drain();
    expect(outcomes(await world.scan())).toEqual({ 'The Matrix Reloaded (2003)': 'updated' });
    await expectCatalogue();
  });

  test('a record that is supplied while a scan passes over its title is compared by the next one', async () => {
    const { world, server } = await startWithAnyText();
    const between = Array.from({ length: 600 }, (_, index) => [`Film ${index}`, movie(`Film ${index}`)]);
    server.movies = { First: movie('first'), ...Object.fromEntries(between), Last: movie('last') };
    await world.scan();
    const { inventory, listings } = world.database;
    const unit = { kind: 'movie' as const, title: 'Last' };
    const [listed] = await inventory.load(unit);
    const load = listings.loadSegments.bind(listings);
    jest.spyOn(listings, 'loadSegments').mockImplementationOnce(async (...args) => {
      await inventory.applyChanges(
        'alpha',
        [{ unit, record: { supplied: true }, digest: 'supplied' }],
        new Date(),
      );
      await listings.noteSupplied('alpha', 'movies');
      return load(...args);
    });
    server.movies = { ...server.movies, First: movie('another') };
    await world.scan();
    await world.scan();
    expect((await inventory.load(unit))[0]?.record).toEqual(listed?.record);
  });

  test('a scan that fails before it has read the listing lets go of it', async () => {
    const { world, server } = await startWithAnyText();
    await world.scan();
    server.text = JSON.stringify({ Large: { seasons: {}, text: 'x'.repeat(20_000_000) } });
    jest
      .spyOn(world.database.listings, 'loadSegments')
      .mockRejectedValueOnce(new Error('the database is gone'));
    await expect(world.scan()).rejects.toThrow('the database is gone');
    await waitFor(() => server.leftAnswers === 1);
  });

  test('over a network listings come compressed, and mean the same', async () => {
    const { world, alpha } = await start();
    // An address that stands for this machine but does not say so.
    const inNetwork = ({ baseUrl, nodeUrl }: MediaServer) => ({
      ...{
        baseUrl: baseUrl.replace('127.0.0.1', '0.0.0.0'),
        nodeUrl: nodeUrl.replace('127.0.0.1', '0.0.0.0'),
      },
    });
    await world.scan();
    const plain = alpha.stats().classes.listing.bytes;
    await world.restart(world.servers.map((server) => ({ ...server, ...inNetwork(server) })));
    alpha.resetStats();
    const { servers } = await world.scan({ full: true });
    expect(servers.get('alpha')).toMatchObject({ changed: 0, vanished: 0 });
    expect(alpha.stats().classes.listing.bytes).toBeLessThan(plain / 2);
  });

  describe('with the hashes of the server (CD-9)', () => {
    const between = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`Film ${index}`, movie(`Film ${index}`)]),
    );
    const hashesOf = (titles: readonly string[], hash = 'same') =>
      Object.fromEntries(titles.map((title) => [title, hash]));
    const entryOf = async ({ database }: World, title: string) => {
      const [entry] = await database.inventory.load({ kind: 'movie', title });
      return entry;
    };
    const startWithHashes = async () => {
      const { world, server } = await startWithAnyText();
      server.movies = { First: movie('first'), ...between, Last: movie('last') };
      server.movieHashes = hashesOf(Object.keys(server.movies));
      await world.scan();
      // The hashes of what was remembered are looked up again, the others are not.
      const lookUps = jest.spyOn(world.database.inventory, 'findDigests');
      const lookedUp = () => lookUps.mock.calls.reduce((sum, [, units]) => sum + units.length, 0);
      return { world, server, lookedUp };
    };

    test('another hash alone changes a record in a segment that is as it was', async () => {
      const { world, server, lookedUp } = await startWithHashes();
      server.movies = { ...server.movies, First: movie('another') };
      server.movieHashes = { ...server.movieHashes, Last: 'other' };
      const report = (await world.scan()).servers.get(server.configured.id);
      expect(report).toMatchObject({ changed: 2, vanished: 0 });
      expect(await entryOf(world, 'Last')).toMatchObject({ serverHash: 'other' });
      expect(await entryOf(world, 'First')).toMatchObject({ serverHash: 'same' });
      expect(lookedUp()).toBeLessThan(400);
    });

    test('a changed record whose hash the server no longer has loses its own (contract §5.4)', async () => {
      const { world, server } = await startWithHashes();
      server.movies = { ...server.movies, First: movie('another') };
      const { First: _gone, ...others } = server.movieHashes;
      server.movieHashes = others;
      await world.scan();
      expect(await entryOf(world, 'First')).not.toHaveProperty('serverHash');
      expect(await entryOf(world, 'Last')).toMatchObject({ serverHash: 'same' });
    });

    test('a title that is listed after its hash gets it (contract §5.5)', async () => {
      const { world, server } = await startWithHashes();
      server.movies = { ...server.movies, First: movie('another') };
      server.movieHashes = { ...server.movieHashes, Late: 'early' };
      await world.scan();
      server.movies = { ...server.movies, Late: movie('late') };
      await world.scan();
      expect(await entryOf(world, 'Late')).toMatchObject({ serverHash: 'early' });
    });

    test('a changed record whose hash could not be made loses its own, however often (contract §5.5)', async () => {
      const { world, server } = await startWithHashes();
      server.movies = { ...server.movies, Last: movie('another') };
      server.movieHashes = { ...server.movieHashes, First: null };
      await world.scan();
      expect(await entryOf(world, 'First')).toMatchObject({ serverHash: 'same' });
      server.movies = { ...server.movies, First: movie('another') };
      await world.scan();
      expect(await entryOf(world, 'First')).not.toHaveProperty('serverHash');
    });

    test('a hash that came while the record was broken is stored with the mended one', async () => {
      const { world, server } = await startWithHashes();
      server.movies = { ...server.movies, First: 7 as never };
      server.movieHashes = { ...server.movieHashes, First: 'other' };
      expect((await world.scan()).servers.get(server.configured.id)).toMatchObject({ problemCount: 1 });
      server.movies = { ...server.movies, First: movie('mended') };
      await world.scan();
      expect(await entryOf(world, 'First')).toMatchObject({ serverHash: 'other' });
    });

    test('hashes that cannot be had are all compared by the next scan (CD-6)', async () => {
      const { world, server } = await startWithHashes();
      server.movies = { ...server.movies, First: movie('another') };
      server.hashesAreBroken = true;
      await world.scan();
      expect(await entryOf(world, 'First')).not.toHaveProperty('serverHash');
      server.hashesAreBroken = false;
      server.movies = { ...server.movies, First: movie('one more') };
      server.movieHashes = { ...server.movieHashes, Last: 'other' };
      expect((await world.scan()).servers.get(server.configured.id)).toMatchObject({ changed: 2 });
      expect(await entryOf(world, 'Last')).toMatchObject({ serverHash: 'other' });
    });

    test('a map that has lost and regained its hashes gives each title its own again', async () => {
      const { world, server } = await startWithHashes();
      server.movies = { ...server.movies, First: movie('another') };
      server.movieHashes = {};
      await world.scan();
      expect(await entryOf(world, 'First')).not.toHaveProperty('serverHash');
      server.movies = { ...server.movies, First: movie('one more') };
      server.movieHashes = hashesOf(Object.keys(server.movies), 'new');
      expect((await world.scan()).servers.get(server.configured.id)).toMatchObject({ changed: 402 });
      expect(await entryOf(world, 'Film 200')).toMatchObject({ serverHash: 'new' });
    });
  });
});

function movie(token: string): object {
  return {
    fileNames: { mp4: 'film.mp4' },
    urls: { mp4: `/videos/film.mp4?hash=${encodeURIComponent(token)}` },
  };
}
