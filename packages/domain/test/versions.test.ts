import { unitKey, type Unit } from '@reelsync/core';
import { FEW_MOVIES, useSampleWorlds } from './support/sample-world';
import { episodeOf, seasonOfShow, showOf, unitOutcomes, useTvWorlds } from './support/tv-world';
import { outcomes, type World } from './support/world';

const MATRIX = 'The Matrix Reloaded (2003)';
const SHOW = 'Breaking Point';
const TV_UNITS: readonly Unit[] = [
  { kind: 'show', title: SHOW },
  { kind: 'season', title: SHOW, season: 1 },
  { kind: 'episodes', title: SHOW, season: 1 },
];

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

describe('B-24: the same for shows, seasons and episodes', () => {
  const start = useTvWorlds();

  /** Takes a field from a document of each kind, so that only a unit that really runs brings the catalogue in step. */
  async function spoil(world: World): Promise<void> {
    const { catalogue } = world.connection;
    const spoiled = [
      ['FlatTVShows', await showOf(world, SHOW), 'posterURL'],
      ['FlatSeasons', await seasonOfShow(world, SHOW, 1), 'posterURL'],
      ['FlatEpisodes', await episodeOf(world, SHOW, 1, 1), 'videoURL'],
    ] as const;
    for (const [collection, document, field] of spoiled) {
      expect(document).toHaveProperty(field);
      await catalogue.collection(collection).updateOne({ _id: document._id }, { $unset: { [field]: '' } });
    }
  }

  test('the next scan applies every unit again, once, though no listing has changed', async () => {
    const { world, expectTv } = await start();
    const first = await world.scan();
    await spoil(world);
    expect((await world.scan()).planned).toBe(0);

    world.versions = { schemaVersion: 2 };
    await world.restart();
    const bumped = await world.scan();
    expect([...bumped.servers.values()].map(({ status }) => status)).toEqual([
      'not-modified',
      'not-modified',
    ]);
    // The scan itself looks at shows and settles those that nothing has changed about (decision 0010).
    const expected = first.units.filter(({ unit }) => unit.kind !== 'show' || unit.title === SHOW);
    expect(bumped.units).toHaveLength(expected.length);
    expect(Object.keys(unitOutcomes(bumped)).sort()).toEqual(
      expected.map(({ unit }) => unitKey(unit)).sort(),
    );
    const updated = bumped.units.filter(({ outcome }) => outcome === 'updated');
    expect(updated.map(({ unit }) => unitKey(unit)).sort()).toEqual(TV_UNITS.map(unitKey).sort());
    await expectTv();
    expect((await world.scan()).planned).toBe(0);
  });

  test('the gate of each kind re-opens by itself, before any scan', async () => {
    const { world, expectTv } = await start();
    await world.scan();
    const { gates } = world.database;
    const fingerprints = () =>
      Promise.all(TV_UNITS.map(async (unit) => (await gates.load(unit))?.fingerprint));
    const before = await fingerprints();
    await spoil(world);
    for (const unit of TV_UNITS) expect((await world.syncUnit(unit)).outcome).toBe('unchanged');

    world.versions = { schemaVersion: 2 };
    await world.restart();
    for (const unit of TV_UNITS) expect((await world.syncUnit(unit)).outcome).toBe('updated');
    const after = await fingerprints();
    after.forEach((fingerprint, index) => expect(fingerprint).not.toBe(before[index]));
    await expectTv();
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

    world.versions = { recordsVersion: 99 };
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
