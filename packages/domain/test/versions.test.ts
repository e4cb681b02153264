import { FEW_MOVIES, useSampleWorlds } from './support/sample-world';
import { outcomes } from './support/world';

const MATRIX = 'The Matrix Reloaded (2003)';

describe('B-24: another version of what is written into the catalogue', () => {
  const start = useSampleWorlds({ movies: FEW_MOVIES });

  test('the next scan applies every title again, once, though no listing has changed', async () => {
    const { world, expectCatalogue } = await start();
    await world.scan();
    const titles = (await world.movies()).length;
    await world.edit(MATRIX, { $unset: { videoURL: '' } });
    expect((await world.scan()).planned).toBe(0);

    world.versions = { schemaVersion: 2 };
    await world.restart();
    const bumped = await world.scan();
    expect([...bumped.servers.values()].map(({ status }) => status)).toEqual([
      'not-modified',
      'not-modified',
    ]);
    expect(bumped.planned).toBe(titles);
    expect(outcomes(bumped)).toMatchObject({ [MATRIX]: 'updated' });
    await expectCatalogue();
    expect((await world.scan()).planned).toBe(0);
  });

  test('the gate of a title re-opens by itself, before any scan', async () => {
    const { world } = await start();
    await world.scan();
    expect((await world.sync(MATRIX)).outcome).toBe('unchanged');
    const before = (await world.gate(MATRIX))?.fingerprint;
    world.versions = { schemaVersion: 2 };
    await world.restart();
    await world.edit(MATRIX, { $unset: { videoURL: '' } });
    expect((await world.sync(MATRIX)).outcome).toBe('updated');
    expect((await world.gate(MATRIX))?.fingerprint).not.toBe(before);
  });
});

describe('another version of what is read from listings', () => {
  const start = useSampleWorlds({ movies: FEW_MOVIES });

  test('an unchanged listing is read and compared as a whole, once: new members reach the catalogue at once', async () => {
    const { world, servers, expectCatalogue } = await start();
    await world.scan();
    const { inventory } = world.database;
    const { unit, record } = await world.inventoryOf('alpha', MATRIX);
    // As a parser that does not know about videos would have left it.
    const { video, ...older } = record;
    expect(video).toBeDefined();
    await inventory.applyChanges('alpha', [{ unit, record: older, digest: 'older' }], world.now());
    await world.scan();
    expect((await world.inventoryOf('alpha', MATRIX)).record).not.toHaveProperty('video');

    world.versions = { recordsVersion: 2 };
    await world.restart(Object.values(servers));
    const scan = await world.scan();
    expect(scan.servers.get('alpha')).toMatchObject({ status: 'changed', changed: 1, vanished: 0 });
    expect(scan.servers.get('beta')).toMatchObject({ status: 'changed', changed: 0, vanished: 0 });
    expect(outcomes(scan)).toEqual({ [MATRIX]: 'updated' });
    expect((await world.inventoryOf('alpha', MATRIX)).record).toHaveProperty('video');
    await expectCatalogue();
    expect([...(await world.scan()).servers.values()].map(({ status }) => status)).toEqual([
      'not-modified',
      'not-modified',
    ]);
  });
});
