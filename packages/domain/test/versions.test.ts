import { useSampleWorlds } from './support/sample-world';
import { outcomes } from './support/world';

const MATRIX = 'The Matrix Reloaded (2003)';

describe('B-24: another version of what is written into the catalogue', () => {
  const start = useSampleWorlds();

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
