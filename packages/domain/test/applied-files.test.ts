import { ReelsyncError } from '@reelsync/core';
import type { ListingServer } from './support/listing-server';
import { EPISODES, fileOf, listed, OneSeason, TITLE, UNIT } from './support/one-season';
import { episodeOf, unitOutcomes } from './support/tv-world';
import type { World } from './support/world';

describe('files of episodes that the gate calls applied', () => {
  let started: OneSeason;
  let alpha: ListingServer;
  let beta: ListingServer;
  let world: World;
  beforeEach(async () => {
    started = await OneSeason.start();
    ({ alpha, beta, world } = started);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await started.dispose();
  });

  /** The next jobs of the episodes write them and die. */
  async function scanKilledBeforeGate(): Promise<void> {
    const { gates } = world.database;
    const save = gates.save.bind(gates);
    const crash = new ReelsyncError('DATABASE_ERROR', 'killed');
    const spy = jest
      .spyOn(gates, 'save')
      .mockImplementation((unit, closing) =>
        unit.kind === 'episodes' ? Promise.reject(crash) : save(unit, closing),
      );
    expect(unitOutcomes(await world.scan())).toMatchObject({ [EPISODES]: 'DATABASE_ERROR' });
    spy.mockRestore();
  }

  test('AV-4: another server stood in and its job died before the gate: the owner returns with its own words', async () => {
    alpha.shows = listed({ 1: '1', 2: '1' });
    beta.shows = listed({ 1: '1', 2: '1' });
    alpha.files.set(fileOf(2), { name: 'of alpha' });
    beta.files.set(fileOf(2), { name: 'of beta' });
    await world.scan();
    alpha.shows = listed({ 1: '1' });
    await scanKilledBeforeGate();
    expect(await started.titleOf(2)).toBe('of beta');
    alpha.shows = listed({ 1: '1', 2: '1' });
    expect(unitOutcomes(await world.scan())).toMatchObject({ [EPISODES]: 'updated' });
    expect(await episodeOf(world, TITLE, 1, 2)).toMatchObject({
      title: 'of alpha',
      metadataSource: 'alpha',
      titleSource: 'alpha',
    });
  });

  test('a record that returns after a job wrote its other state and died before the gate: the file is read again', async () => {
    alpha.shows = listed({ 1: '1', 2: '1' });
    alpha.files.set(fileOf(1), { name: 'Other' });
    alpha.files.set(fileOf(2), { name: 'One' });
    await world.scan();
    alpha.shows = listed({ 1: '1', 2: '2' });
    alpha.files.set(fileOf(2), { name: 'Two' });
    await scanKilledBeforeGate();
    expect(await started.titleOf(2)).toBe('Two');
    alpha.shows = listed({ 1: '1', 2: '1' });
    alpha.files.set(fileOf(2), { name: 'One' });
    alpha.asked.length = 0;
    expect(unitOutcomes(await world.scan())).toMatchObject({ [EPISODES]: 'updated' });
    expect(await started.titleOf(2)).toBe('One');
    expect(alpha.asked).toEqual([fileOf(2)]);
  });

  test('0003: a job that wrote a file in place of what the show said, and died: the file’s words stay', async () => {
    started.say(2, 'TBA');
    alpha.shows = listed({ 1: null, 2: null });
    await world.scan();
    alpha.files.set(fileOf(2), { name: 'File' });
    alpha.shows = listed({ 1: null, 2: '1' });
    await scanKilledBeforeGate();
    alpha.shows = listed({ 1: null, 2: null });
    await world.scan();
    expect(await started.titleOf(2)).toBe('File');
  });

  test.each([
    ['is listed without a file', null],
    ['has a file that is not there', '1'],
  ])('ST-E3: an episode that %s and was gone for a while still follows the show', async (_name, token) => {
    started.say(2, 'TBA');
    alpha.shows = listed({ 1: null, 2: token }, '1');
    await world.scan();
    expect(await started.titleOf(2)).toBe('TBA');
    alpha.shows = listed({ 1: null }, '1');
    await world.scan();
    world.takeWrites();
    expect(await world.syncUnit(UNIT)).toMatchObject({ outcome: 'unchanged' });
    // What nobody lists lacks no file, so that the gate holds.
    expect(world.takeWrites()).toEqual([]);
    alpha.shows = listed({ 1: null, 2: token }, '1');
    await world.scan();
    started.say(2, 'Real');
    alpha.shows = listed({ 1: null, 2: token }, '2');
    await world.scan();
    expect(await episodeOf(world, TITLE, 1, 2)).toMatchObject({ title: 'Real', overview: 'of Real' });
  });

  test('B-43: an inherited episode that was locked for a while follows the show again', async () => {
    started.say(2, 'TBA');
    alpha.shows = listed({ 1: null, 2: null }, '1');
    await world.scan();
    const episodes = world.connection.catalogue.collection('FlatEpisodes');
    await episodes.updateOne(
      { episodeNumber: 2 },
      { $set: { lockedFields: { metadata: true }, 'metadata.name': 'Mine' } },
    );
    await world.scan({ full: true });
    expect((await episodeOf(world, TITLE, 1, 2)).metadata).toMatchObject({ name: 'Mine' });
    await episodes.updateOne({ episodeNumber: 2 }, { $unset: { lockedFields: '' } });
    started.say(2, 'Real');
    alpha.shows = listed({ 1: null, 2: null }, '2');
    await world.scan();
    expect(await episodeOf(world, TITLE, 1, 2)).toMatchObject({ title: 'Real', metadata: { name: 'Real' } });
  });

  test('RP-3: a locked part of the metadata stays, in what repeats it as well', async () => {
    const said = (version: number) => ({
      name: `Name ${version}`,
      overview: `server ${version}`,
      air_date: `2020-01-0${version}`,
    });
    alpha.files.set(fileOf(1), said(1));
    alpha.shows = listed({ 1: '1' });
    await world.scan();
    const mine = { 'metadata.overview': 'Mine', 'metadata.air_date': '1999-09-09' };
    await world.connection.catalogue
      .collection('FlatEpisodes')
      .updateOne({}, { $set: { ...mine, lockedFields: { metadata: { overview: true, air_date: true } } } });
    alpha.files.set(fileOf(1), said(2));
    alpha.shows = listed({ 1: '2' });
    await world.scan();
    expect(await episodeOf(world, TITLE, 1, 1)).toMatchObject({
      metadata: { name: 'Name 2', overview: 'Mine', air_date: '1999-09-09' },
      title: 'Name 2',
      overview: 'Mine',
      airDate: new Date('1999-09-09'),
    });
    expect((await world.scan({ full: true })).units.map(({ outcome }) => outcome)).not.toContain('updated');
  });

  test('what a job reads anew costs the gate one more command, a first sync none, an unchanged document none', async () => {
    const gateWrites = () => world.takeWrites().filter((write) => write.endsWith('gates')).length;
    alpha.shows = listed({ 1: '1' });
    alpha.files.set(fileOf(1), { name: 'One' });
    world.units.isLost = ({ kind }) => kind === 'episodes';
    await world.scan();
    gateWrites();
    await world.syncUnit(UNIT);
    expect(gateWrites()).toBe(1);
    alpha.shows = listed({ 1: '2' });
    await world.scan();
    gateWrites();
    await world.syncUnit(UNIT);
    expect(gateWrites()).toBe(1);
    alpha.shows = listed({ 1: '3' });
    alpha.files.set(fileOf(1), { name: 'Three' });
    await world.scan();
    gateWrites();
    await world.syncUnit(UNIT);
    expect(gateWrites()).toBe(2);
  });

  describe('work on a part of the season remembers what it has read', () => {
    test('0003: what the file said stays when its path is no longer listed, though the show stood in for it before', async () => {
      started.say(2, 'TBA');
      alpha.shows = listed({ 1: null, 2: '1' });
      await world.scan();
      expect(await started.titleOf(2)).toBe('TBA');
      alpha.files.set(fileOf(2), { name: 'File' });
      await world.syncUnit(UNIT, { episodes: [2] });
      expect(await started.titleOf(2)).toBe('File');
      alpha.shows = listed({ 1: null, 2: null });
      await world.scan();
      expect(await started.titleOf(2)).toBe('File');
    });

    test('a record that returns to what it was is read again', async () => {
      alpha.shows = listed({ 1: '1', 2: '1' });
      alpha.files.set(fileOf(1), { name: 'Other' });
      alpha.files.set(fileOf(2), { name: 'One' });
      await world.scan();
      world.units.isLost = () => true;
      alpha.shows = listed({ 1: '1', 2: '2' });
      alpha.files.set(fileOf(2), { name: 'Two' });
      await world.scan();
      await world.syncUnit(UNIT, { episodes: [2] });
      expect(await started.titleOf(2)).toBe('Two');
      world.units.isLost = () => false;
      alpha.shows = listed({ 1: '1', 2: '1' });
      alpha.files.set(fileOf(2), { name: 'One' });
      alpha.asked.length = 0;
      await world.scan();
      expect(await started.titleOf(2)).toBe('One');
      expect(alpha.asked).toEqual([fileOf(2)]);
    });

    test('work that reads nothing leaves the gate alone', async () => {
      alpha.shows = listed({ 1: '1' });
      alpha.files.set(fileOf(1), { name: 'One' });
      await world.scan();
      world.takeWrites();
      await world.syncUnit(UNIT, { episodes: [1] });
      await world.syncUnit(UNIT, { operations: ['assets'] });
      expect(world.takeWrites()).toEqual([]);
    });
  });
});
