import { sourcesOf, useSampleWorlds } from './support/sample-world';
import { outcomes } from './support/world';

const MATRIX = 'The Matrix Reloaded (2003)';

describe('acceptance scenarios (sync-semantics, appendix B)', () => {
  const start = useSampleWorlds();

  test('two libraries that overlap: the catalogue is what the oracle says; the second scan asks once and writes nothing', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    const first = await world.scan();
    await expectCatalogue();
    expect(first.run).toMatchObject({ status: 'done', counts: { planned: first.units.length, failed: 0 } });

    for (const server of [alpha, beta]) server.resetStats();
    world.takeWrites();
    const second = await world.scan();
    expect(second.planned).toBe(0);
    expect([...second.servers.values()].map(({ status }) => status)).toEqual(['not-modified', 'not-modified']);
    expect(world.takeWrites()).toEqual([]);
    for (const server of [alpha, beta]) {
      const { requests, classes } = server.stats();
      expect({ requests, listings: classes.listing.requests, notModified: classes.listing.notModified }).toEqual({
        requests: 1,
        listings: 1,
        notModified: 1,
      });
    }
  });

  test('1: two mirrored servers: everything is owned by priority 1, a second run writes nothing (B-2, B-4, B-8)', async () => {
    const { world, expectCatalogue } = await start({ mirrored: true });
    await world.scan();
    await expectCatalogue();
    for (const movie of await world.movies()) {
      expect(new Set(Object.values(sourcesOf(movie)))).toEqual(new Set(['alpha']));
    }
    world.takeWrites();
    expect((await world.scan()).planned).toBe(0);
    const full = await world.scan({ full: true });
    expect(new Set(Object.values(outcomes(full)))).toEqual(new Set(['unchanged']));
    expect(world.takeWrites()).not.toContain('update FlatMovies');
  });
});
