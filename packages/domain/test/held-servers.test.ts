import { useSampleWorlds } from './support/sample-world';
import { outcomes } from './support/world';

describe('contract §7.2: a server that reports a critical load', () => {
  const start = useSampleWorlds();

  test('is not read while it is held back; the other server goes on, and nothing is taken for lost (AV-4)', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    await world.scan();
    await world.database.serverHolds.hold('alpha', world.now(), new Date(world.now().getTime() + 600_000));
    alpha.resetStats();
    alpha.library.editMetadata('The Matrix Reloaded (2003)', { title: 'Reloaded' });
    beta.library.setFocal('Twin Title (2010)', 'left');

    const held = await world.scan({ full: true, force: true });
    expect(held.servers.get('alpha')).toMatchObject({
      status: 'failed',
      code: 'SERVER_HELD',
      message: expect.stringContaining('held back until'),
    });
    expect(alpha.stats().classes.listing.requests).toBe(0);
    expect(held.servers.get('beta')).toMatchObject({ status: 'changed', changed: 1 });
    expect(held.run.status).toBe('done');
    expect(Object.values(outcomes(held))).not.toContain('failed');

    await world.database.serverHolds.release('alpha');
    expect((await world.scan()).servers.get('alpha')).toMatchObject({ status: 'changed' });
    await expectCatalogue();
  });
});
