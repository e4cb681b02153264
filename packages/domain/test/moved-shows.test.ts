import { unitKey, type Unit } from '@reelsync/core';
import { MovedShows } from '../src/scan/moved-shows';
import {
  changedDocuments,
  pendingUnits,
  showOf,
  tvCatalogue,
  unitOutcomes,
  useTvWorlds,
  type TvWorld,
} from './support/tv-world';

const SHOW = 'Breaking Point';
const SHOW_UNIT = unitKey({ kind: 'show', title: SHOW });
const EPISODES = unitKey({ kind: 'episodes', title: SHOW, season: 1 });
const SHOW_METADATA = '/Breaking%20Point/metadata\\.json';
const NO_CHANGE = { shows: [], seasons: [], episodes: [] };

/*
 * The token of a show's metadata covers its whole folder (contract §3.6): it moves with every thumbnail. The scan looks at
 * the file itself and settles shows whose content is what the catalogue has (decision 0010).
 */
describe('shows whose metadata token moved', () => {
  const start = useTvWorlds();
  afterEach(() => jest.restoreAllMocks());

  async function startSynced(): Promise<TvWorld> {
    const started = await start();
    await started.world.scan();
    for (const server of [started.alpha, started.beta]) server.resetStats();
    return started;
  }

  const metadataRequests = ({ alpha, beta }: TvWorld): number[] =>
    [alpha, beta].map((server) => server.stats().classes.metadata.requests);

  test('one changed thumbnail: one episodes unit, one changed document, one look at the show; its gate is closed', async () => {
    const started = await startSynced();
    const { world, alpha, expectTv } = started;
    const before = await tvCatalogue(world);
    world.takeWrites();
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    const scan = await world.scan();
    expect(unitOutcomes(scan)).toEqual({ [EPISODES]: 'updated' });
    expect(scan.run.counts).toMatchObject({ planned: 1, updated: 1 });
    expect(world.takeWrites()).not.toContain('update FlatTVShows');
    expect(changedDocuments(before, await tvCatalogue(world))).toEqual({
      ...NO_CHANGE,
      episodes: [`${SHOW} 1 2`],
    });
    expect(metadataRequests(started)).toEqual([1, 0]);

    const full = await world.scan({ full: true });
    expect(full.run.counts).toMatchObject({ planned: full.planned, unchanged: full.planned });
    expect(metadataRequests(started)).toEqual([1, 0]);
    await expectTv();
  });

  test('on a server that does not own the metadata: the file is not even read', async () => {
    const started = await startSynced();
    const { world, beta, expectTv } = started;
    beta.library.replaceThumbnail(SHOW, 'Season 1', 'S01E01');
    expect(unitOutcomes(await world.scan())).toEqual({ [EPISODES]: 'unchanged' });
    expect(metadataRequests(started)).toEqual([0, 0]);
    expect(await pendingUnits(world)).toEqual([]);
    await expectTv();
  });

  test('edited metadata is noticed by the same scan, alone and beside a changed thumbnail', async () => {
    const { world, alpha, expectTv } = await startSynced();
    alpha.library.renameShow(SHOW, 'Breaking Apart');
    expect(unitOutcomes(await world.scan())).toMatchObject({ [SHOW_UNIT]: 'updated' });
    await expectTv();
    alpha.library.renameShow(SHOW, 'Breaking Even');
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    expect(unitOutcomes(await world.scan())).toMatchObject({ [SHOW_UNIT]: 'updated', [EPISODES]: 'updated' });
    await expectTv();
    expect((await world.scan()).planned).toBe(0);
  });

  test.each([
    ['cannot be read', { status: 500 }, 'SERVER_ERROR'],
    ['is no JSON', { body: 'not-json' }, 'METADATA_INVALID'],
  ] as const)('metadata that %s is a job for the show, and its edit is not lost', async (_, fault, code) => {
    const { world, alpha, expectTv } = await startSynced();
    alpha.library.renameShow(SHOW, 'Breaking Apart');
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    alpha.faults.add({ match: SHOW_METADATA, ...fault });
    expect(unitOutcomes(await world.scan())).toMatchObject({ [SHOW_UNIT]: code, [EPISODES]: 'updated' });
    alpha.faults.clear();
    world.advanceClock(3_601_000);
    expect(unitOutcomes(await world.scan())).toMatchObject({ [SHOW_UNIT]: 'updated' });
    expect(await showOf(world, SHOW)).toMatchObject({ title: 'Breaking Apart' });
    await expectTv();
  });

  test('a scan that dies while it looks leaves the show pending; the next one settles it', async () => {
    const started = await startSynced();
    const { world, alpha, expectTv } = started;
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    const crash = jest.spyOn(world.database.gates, 'save').mockRejectedValueOnce(new Error('killed'));
    await expect(world.scan()).rejects.toThrow('killed');
    crash.mockRestore();
    expect(await pendingUnits(world)).toEqual([SHOW_UNIT, EPISODES]);
    expect(unitOutcomes(await world.scan())).toEqual({ [EPISODES]: 'updated' });
    await expectTv();
  });

  test('a show that changes again while the scan looks at it is not settled over what the scan did not see', async () => {
    const { world, alpha, expectTv } = await startSynced();
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    const { inventory, tvShows } = world.database;
    const unit: Unit = { kind: 'show', title: SHOW };
    const [entry] = await inventory.load(unit);
    const load = tvShows.load.bind(tvShows);
    jest.spyOn(tvShows, 'load').mockImplementationOnce(async (title) => {
      const found = await load(title);
      // Another scan stores a later change in between.
      await inventory.applyChanges('alpha', [{ unit, digest: 'later', record: entry!.record }], world.now());
      return found;
    });
    expect(unitOutcomes(await world.scan())).toHaveProperty([SHOW_UNIT]);
    expect(await pendingUnits(world)).toEqual([]);
    await expectTv();
  });

  test('what somebody spoiled in the catalogue is a job, as any difference is', async () => {
    const { world, alpha, expectTv } = await startSynced();
    const { metadata } = await showOf(world, SHOW);
    await world.database.tvShows.update(SHOW, { metadata: { ...metadata, overview: 'spoiled' } });
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    expect(unitOutcomes(await world.scan())).toMatchObject({ [SHOW_UNIT]: 'updated', [EPISODES]: 'updated' });
    await expectTv();
  });

  test('decision 0010: the time limit ends a look that a server keeps waiting; the show stays pending for its job', async () => {
    const started = await start({
      configure: (server) => ({ ...server, timeouts: { ...server.timeouts, metadataMs: 600_000 } }),
    });
    const { world, alpha, expectTv } = started;
    await world.scan();
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    const crash = jest.spyOn(world.database.gates, 'save').mockRejectedValueOnce(new Error('killed'));
    await expect(world.scan()).rejects.toThrow('killed');
    crash.mockRestore();

    alpha.faults.add({ match: SHOW_METADATA, hang: true });
    const { inventory } = world.database;
    const moved = new MovedShows({ inventory, shows: world.showSync, timeLimitMs: 300 });
    await moved.settle(new AbortController().signal);
    expect(await pendingUnits(world)).toEqual([SHOW_UNIT, EPISODES]);

    alpha.faults.clear();
    expect(unitOutcomes(await world.scan())).toEqual({ [EPISODES]: 'updated' });
    await expectTv();
  });

  test('a scan that is stopped while it looks ends with its reason, not as one whose time is up', async () => {
    const stopping = new AbortController();
    const moved = new MovedShows({
      inventory: {
        streamPending: async function* () {
          yield await Promise.resolve<Unit>({ kind: 'show', title: SHOW });
        },
      },
      shows: {
        confirmShow: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error));
            stopping.abort(new Error('stopped'));
          }),
      },
    });
    await expect(moved.settle(stopping.signal)).rejects.toThrow('stopped');
  });

  test('a scan reads no file of a show that is new', async () => {
    const started = await start();
    started.world.units.isLost = () => true;
    await started.world.scan();
    expect(metadataRequests(started)).toEqual([0, 0]);
  });
});
