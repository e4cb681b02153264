import type { ReelsyncError } from '@reelsync/core';
import type { FaultRule } from '@reelsync/sample-library';
import { useSampleWorlds } from './support/sample-world';
import { outcomes } from './support/world';

const MATRIX = 'The Matrix Reloaded (2003)';

describe('listings that go wrong', () => {
  const start = useSampleWorlds();

  test.each<[what: string, fault: Omit<FaultRule, 'match'>, code: ReelsyncError['code'], requests: number]>([
    ['401', { status: 401 }, 'SERVER_UNAUTHORIZED', 1],
    ['404', { status: 404 }, 'LISTING_NOT_FOUND', 1],
    ['429', { status: 429, retryAfterSeconds: 60 }, 'SERVER_THROTTLED', 1],
    ['503', { status: 503 }, 'SERVER_ERROR', 2],
    ['no answer', { hang: true }, 'SERVER_TIMEOUT', 2],
    ['a cut connection', { closeConnection: true }, 'SERVER_UNREACHABLE', 2],
  ])(
    '%s: one clear code, no hammering (B-37), and the other server goes on',
    async (_, fault, code, requests) => {
      const { world, alpha, beta, expectCatalogue } = await start({
        configure: (server) =>
          server.id === 'alpha' ? { ...server, timeouts: { ...server.timeouts, listingMs: 500 } } : server,
      });
      await world.scan();
      const before = await world.movies();
      alpha.faults.add({ match: 'listing', ...fault });
      alpha.resetStats();
      beta.library.setFocal('Twin Title (2010)', 'left');
      const scan = await world.scan();
      expect(scan.servers.get('alpha')).toMatchObject({ status: 'failed', code });
      expect(scan.servers.get('alpha')?.message).toMatch(/^Movie listing on server 'alpha'/);
      expect(alpha.stats().classes.listing.requests).toBe(requests);
      expect(scan.servers.get('beta')).toMatchObject({ status: 'changed', changed: 1 });
      expect(outcomes(scan)).toEqual({ 'Twin Title (2010)': 'updated' });
      expect(scan.run.status).toBe('done');
      alpha.faults.clear();
      await world.scan();
      await expectCatalogue();
      expect((await world.movies()).map(({ _id }) => _id)).toEqual(before.map(({ _id }) => _id));
    },
  );

  test('a server without a webhook id counts as failed, not as empty', async () => {
    const { world, servers, alpha } = await start();
    const { webhookId, ...anonymous } = servers.alpha;
    expect(webhookId).toBeDefined();
    await world.restart([anonymous, servers.beta]);
    const scan = await world.scan();
    expect(scan.servers.get('alpha')).toMatchObject({ status: 'failed', code: 'SERVER_UNAUTHORIZED' });
    expect(scan.servers.get('beta')).toMatchObject({ status: 'changed' });
    expect(alpha.stats().classes.listing.requests).toBe(0);
  });

  test('a record with a part that no database holds is stored without it, reported, and stops nothing else', async () => {
    const { world, alpha } = await start();
    alpha.faults.add({ match: 'listing', body: 'odd-quality' });
    const scan = await world.scan();
    const [problem] = scan.servers.get('alpha')?.problems ?? [];
    expect(problem?.problem).toBe('left out: mediaQuality: has members that cannot be stored');
    expect(scan.run.counts).toMatchObject({ failed: 0, created: scan.units.length });
    expect(await world.movie(problem?.title ?? '')).not.toHaveProperty('mediaQuality.a\0b');
  });

  test('one broken record is reported and leaves what is stored untouched; the rest of the listing counts', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    const before = await world.movies();
    const fault = alpha.faults.add({ match: 'listing', body: 'broken-record' });
    const scan = await world.scan();
    const [problem] = scan.servers.get('alpha')?.problems ?? [];
    expect(scan.servers.get('alpha')).toMatchObject({
      status: 'changed',
      problemCount: 1,
      vanished: 0,
      changed: 0,
    });
    expect(scan.run.servers).toContainEqual(expect.objectContaining({ problems: [problem] }));
    expect(problem?.problem).toMatch(/urls/);
    expect(await world.inventoryOf('alpha', problem?.title ?? '')).toMatchObject({ revision: 1 });
    expect(scan.planned).toBe(0);
    expect(await world.movies()).toEqual(before);

    alpha.library.replacePoster(MATRIX);
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    alpha.library.removeMovie('Twin Title (1990)');
    expect((await world.scan()).servers.get('alpha')).toMatchObject({ vanished: 1, problemCount: 1 });
    alpha.faults.remove(fault);
    alpha.library.addMovie('Twin Title (1990)');
    await world.scan();
    await expectCatalogue();
  });

  test('CL-3: new titles do not make up for lost ones: another library in the place of the old one is refused', async () => {
    const { world, alpha } = await start();
    await world.scan();
    const titles = [...alpha.library.movies.titles()];
    for (const title of titles.slice(0, Math.ceil(titles.length * 0.6))) {
      alpha.library.removeMovie(title);
      alpha.library.addMovie(`Another ${title}`);
      alpha.library.addMovie(`And another ${title}`);
    }
    for (let scan = 1; scan <= 2; scan += 1) {
      expect((await world.scan()).servers.get('alpha')).toMatchObject({
        status: 'refused',
        code: 'LISTING_SHRUNKEN',
      });
    }
  });

  test('Scenario 9: a listing that is cut in the middle stores nothing of it; the next whole one is compared completely', async () => {
    const { world, alpha } = await start({ library: { titles: 1700 } });
    world.units.isLost = () => true;
    await world.scan({ serverIds: ['alpha'] });
    // Integer-like titles come first in a listing, so this one is in the half that arrives.
    alpha.library.addMovie('7');
    alpha.library.removeMovie(MATRIX);
    const fault = alpha.faults.add({ match: 'listing', body: 'truncated' });
    const broken = await world.scan({ serverIds: ['alpha'] });
    expect(broken.servers.get('alpha')).toMatchObject({ status: 'failed', code: 'LISTING_TRUNCATED' });
    expect(broken.servers.get('alpha')).toMatchObject({ titles: 0, changed: 0 });
    await expect(world.inventoryOf('alpha', '7')).rejects.toThrow('has no');
    expect(await world.inventoryOf('alpha', MATRIX)).not.toHaveProperty('missingSince');

    alpha.faults.remove(fault);
    const next = await world.scan({ serverIds: ['alpha'] });
    expect(next.servers.get('alpha')).toMatchObject({ status: 'changed', vanished: 1 });
    expect(await world.inventoryOf('alpha', MATRIX)).toHaveProperty('missingSince');
  });

  test('a scan that is stopped reports that, not what its listings were like', async () => {
    const { world, alpha } = await start();
    await world.scan();
    alpha.faults.add({ match: 'listing', body: 'shrunken' });
    const stop = new AbortController();
    const onProgress = (): void => stop.abort(new Error('stopped'));
    await expect(world.scan({ signal: stop.signal, onProgress })).rejects.toThrow('stopped');
  });

  test('hashes that cannot be had cost nothing but the hashes (CD-6, CD-9)', async () => {
    const { world, alpha, expectCatalogue } = await start();
    alpha.faults.add({ match: 'hashes', status: 500 });
    await world.scan();
    await expectCatalogue();
    expect(await world.movie('Twin Title (1990)')).not.toHaveProperty('syncHash');
    expect((await world.scan()).planned).toBe(0);
  });

  test('a title that changes while there are no hashes loses its old one in the same write (contract §5.4)', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    expect(await world.movie(MATRIX)).toHaveProperty('syncHash');
    alpha.faults.add({ match: 'hashes', status: 500 });
    alpha.library.replacePoster(MATRIX);
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    const { syncHash, posterURL } = await world.movie(MATRIX);
    expect(syncHash).toBeUndefined();
    expect(posterURL).toContain((await world.inventoryOf('alpha', MATRIX)).record.images.poster?.path);
    alpha.faults.clear();
    await world.scan({ full: true });
    expect(await world.movie(MATRIX)).toHaveProperty('syncHash');
    await expectCatalogue();
  });

  test('error pages with status 200 are neither metadata nor a preview (B-19, ST-3)', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    for (const { faults } of [alpha, beta]) {
      faults.add({ match: 'metadata', body: 'html' });
      faults.add({ match: 'blurhash', body: 'html' });
    }
    const codes = new Set((await world.scan()).units.map(({ code }) => code));
    expect(codes).toEqual(new Set([undefined, 'METADATA_INVALID', 'BLURHASH_INVALID']));
    for (const movie of await world.movies()) {
      expect(movie.posterBlurhash).toBeUndefined();
      expect(movie.metadata ?? {}).not.toHaveProperty('error');
      expect(movie.title).toBe(movie.originalTitle);
    }
    for (const { faults } of [alpha, beta]) faults.clear();
    world.advanceClock(2 * 3_600_000);
    await world.scan();
    await expectCatalogue();
  });

  test('previews of the wrong kind fail alone: the gate stays open, the old preview stays (B-19)', async () => {
    const { world, alpha } = await start();
    await world.scan();
    const { posterBlurhash } = await world.movie(MATRIX);
    alpha.library.replacePoster(MATRIX);
    alpha.faults.add({ match: 'blurhash', body: 'html' });
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'BLURHASH_INVALID' });
    expect((await world.movie(MATRIX)).posterBlurhash).toBe(posterBlurhash);
  });
});
