import { unitKey, type Unit } from '@reelsync/core';
import type { UnitContext } from '@reelsync/domain';
import { waitFor } from '../../../tests/support';
import { FEW_MOVIES, useSampleWorlds } from './support/sample-world';
import { unitOutcomes, useTvWorlds } from './support/tv-world';
import { outcomes } from './support/world';

const SHOW = 'Breaking Point';
const EPISODES: Unit = { kind: 'episodes', title: SHOW, season: 1 };
const MATRIX = 'The Matrix Reloaded (2003)';

describe('writers that come late', () => {
  const start = useSampleWorlds({ movies: FEW_MOVIES });
  const startTv = useTvWorlds();

  test.each<[string, Partial<UnitContext>]>([
    ['a slow job', {}],
    ['a slow job for some operations', { operations: ['assets', 'blurhash'] }],
  ])('%s for an older inventory does not leave its state behind (decision 0002)', async (_job, context) => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    alpha.library.replacePoster(MATRIX);
    world.units.isLost = () => true;
    await world.scan();
    world.units.isLost = () => false;
    alpha.resetStats();
    alpha.faults.add({ match: 'blurhash', latencyMs: 1500, times: 1 });
    const slow = world.sync(MATRIX, context);
    await waitFor(() => alpha.stats().classes.blurhash.requests === 1, {
      message: 'the slow job reads a file',
    });
    alpha.library.replacePoster(MATRIX);
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    await slow;
    await expectCatalogue();
  });

  test('a slow job for older episodes does not leave their state behind either', async () => {
    const { world, alpha, expectTv } = await startTv();
    await world.scan();
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    world.units.isLost = () => true;
    await world.scan();
    world.units.isLost = () => false;
    alpha.resetStats();
    alpha.faults.add({ match: 'blurhash', latencyMs: 1500, times: 1 });
    const slow = world.syncUnit(EPISODES, { operations: ['assets', 'blurhash'] });
    await waitFor(() => alpha.stats().classes.blurhash.requests === 1, {
      message: 'the slow job reads a file',
    });
    alpha.library.replaceThumbnail(SHOW, 'Season 1', 'S01E02');
    expect(unitOutcomes(await world.scan())).toMatchObject({ [unitKey(EPISODES)]: 'updated' });
    await slow;
    await expectTv();
  });

  test('Scenario 9: a refused listing stores nothing, not even the changes that it also holds', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    const before = await world.movie(MATRIX);
    alpha.library.replacePoster(MATRIX);
    const fault = alpha.faults.add({ match: 'listing', body: 'shrunken' });
    const refused = await world.scan({ serverIds: ['alpha'] });
    expect(refused.servers.get('alpha')).toMatchObject({
      status: 'refused',
      code: 'LISTING_SHRUNKEN',
      changed: 0,
    });
    expect(refused.planned).toBe(0);
    expect(await world.movie(MATRIX)).toEqual(before);
    alpha.faults.remove(fault);
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    await expectCatalogue();
  });

  test('a forced scan of one server asks the other for nothing but files of titles that both hold', async () => {
    const { world, alpha } = await start();
    await world.scan();
    const { planned } = await world.scan({ serverIds: ['beta'], force: true });
    const onBeta = await world.database.inventory.countByServer('movie');
    expect(planned).toBe(onBeta.find(({ serverId }) => serverId === 'beta')?.present);
    expect(alpha.stats().classes.listing.requests).toBeLessThanOrEqual(2);
  });
});
