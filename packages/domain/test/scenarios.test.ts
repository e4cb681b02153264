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
    expect([...second.servers.values()].map(({ status }) => status)).toEqual([
      'not-modified',
      'not-modified',
    ]);
    expect(world.takeWrites()).toEqual([]);
    for (const server of [alpha, beta]) {
      const { requests, classes } = server.stats();
      expect({
        requests,
        listings: classes.listing.requests,
        notModified: classes.listing.notModified,
      }).toEqual({
        requests: 1,
        listings: 1,
        notModified: 1,
      });
    }
  });

  test('Scenario 1: two mirrored servers: everything is owned by priority 1, a second run writes nothing (B-2, B-4, B-8)', async () => {
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

  test('Scenario 5: English on one server, French on the other: both; removing one removes only that one (B-5, AV-7)', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    await world.scan();
    const title = '100% Wolf';
    expect((await world.movie(title)).captionURLs).toMatchObject({
      English: { sourceServerId: 'alpha' },
      French: { sourceServerId: 'beta' },
    });
    beta.library.removeCaption(title, 'French');
    await world.scan();
    expect(Object.keys((await world.movie(title)).captionURLs ?? {})).toEqual(['English']);
    alpha.library.removeCaption(title, 'English');
    await world.scan();
    const movie = await world.movie(title);
    expect(movie).not.toHaveProperty('captionURLs');
    expect(movie).not.toHaveProperty('captionSource');
    await expectCatalogue();
  });

  test('Scenario 6: two folders with one display title are two movies (B-11, DM-1)', async () => {
    const { world } = await start();
    await world.scan();
    const [older, newer] = [await world.movie('Twin Title (1990)'), await world.movie('Twin Title (2010)')];
    expect([older.title, newer.title]).toEqual(['Twin Title', 'Twin Title']);
    expect(older._id).not.toEqual(newer._id);
    expect(newer).toMatchObject({ videoSource: 'beta', metadataSource: 'beta' });
  });

  test('Scenario 7: a locked metadata.overview stays while the rest of the metadata is updated (RP-3, B-42)', async () => {
    const { world, alpha } = await start();
    await world.scan();
    await world.edit(MATRIX, {
      $set: { 'metadata.overview': 'By an admin', lockedFields: { metadata: { overview: true } } },
    });
    alpha.library.editMetadata(MATRIX, { overview: 'By the server', tagline: 'New' });
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    expect((await world.movie(MATRIX)).metadata).toMatchObject({ overview: 'By an admin', tagline: 'New' });
    world.takeWrites();
    const full = await world.scan({ full: true });
    expect(outcomes(full)[MATRIX]).toBe('unchanged');
    expect(world.takeWrites()).not.toContain('update FlatMovies');
  });

  test('Scenario 8: a poster that no server has any more is cleared once all servers answered; with one down nothing is (§5.3)', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    await world.scan();
    await beta.down();
    alpha.library.removeAsset(MATRIX, 'poster');
    alpha.library.removeAsset('Twin Title (1990)', 'poster');
    await world.scan();
    // Beta's last known inventory still owns a poster of the one; of the other nobody is known to have any.
    expect(await world.movie(MATRIX)).toMatchObject({ posterSource: 'beta' });
    expect(await world.movie('Twin Title (1990)')).toHaveProperty('posterURL');

    await beta.up();
    beta.library.removeAsset(MATRIX, 'poster');
    await world.scan();
    const movie = await world.movie(MATRIX);
    for (const field of ['posterURL', 'posterSource', 'posterBlurhash', 'posterBlurhashSource'])
      expect(movie).not.toHaveProperty(field);
    await expectCatalogue();
  });

  test('Scenario 8: nothing is cleared before every server has answered once; then it is, without a full scan (AV-2)', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    await beta.down();
    await world.scan();
    alpha.library.removeAsset('Twin Title (1990)', 'poster');
    alpha.library.removeCaption('Finished Captions', 'English - Auto Generated');
    await world.scan();
    expect(await world.movie('Twin Title (1990)')).toHaveProperty('posterURL');
    await beta.up();
    await world.scan();
    await expectCatalogue();
  });

  test.each([
    ['empty', 'refused', 'LISTING_SHRUNKEN'],
    ['shrunken', 'refused', 'LISTING_SHRUNKEN'],
    ['html', 'failed', 'LISTING_INVALID'],
    ['array', 'failed', 'LISTING_INVALID'],
    ['not-json', 'failed', 'LISTING_TRUNCATED'],
    ['truncated', 'failed', 'LISTING_TRUNCATED'],
  ] as const)(
    'Scenario 9: a listing that is %s: nothing is deleted or marked missing, it is reported as %s with %s',
    async (body, status, code) => {
      const { world, alpha, expectCatalogue } = await start();
      await world.scan();
      const before = await world.movies();
      const fault = alpha.faults.add({ match: 'listing', body });
      const scan = await world.scan();
      expect(scan.servers.get('alpha')).toMatchObject({ status, code, vanished: 0 });
      expect(scan.run.servers).toContainEqual(expect.objectContaining({ serverId: 'alpha', status, code }));
      expect(scan.planned).toBe(0);
      expect(await world.movies()).toEqual(before);
      expect(await world.database.inventory.countByServer()).toEqual([
        expect.objectContaining({ serverId: 'alpha', missing: 0 }),
        expect.objectContaining({ serverId: 'beta', missing: 0 }),
      ]);

      alpha.faults.remove(fault);
      expect((await world.scan()).servers.get('alpha')?.status).toBe('not-modified');
      const [state] = (await world.database.listings.loadAll('movies')).filter(
        ({ serverId }) => serverId === 'alpha',
      );
      expect(state?.lastAttempt).toEqual({ at: expect.any(Date), status: 'not-modified' });
      await expectCatalogue();
    },
  );

  test('Scenario 9: with --accept-shrunken the titles are marked missing; their documents stay and come back', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    const before = await world.movies();
    const fault = alpha.faults.add({ match: 'listing', body: 'shrunken' });
    const scan = await world.scan({ acceptShrunken: true });
    const vanished = scan.servers.get('alpha')?.vanished ?? 0;
    expect(scan.servers.get('alpha')).toMatchObject({ status: 'changed' });
    expect(vanished).toBeGreaterThan(before.length / 3);
    expect(scan.planned).toBe(vanished);
    expect((await world.movies()).map(({ _id }) => _id)).toEqual(before.map(({ _id }) => _id));

    alpha.faults.remove(fault);
    await world.scan();
    await expectCatalogue();
    expect((await world.movies()).map(({ _id }) => _id)).toEqual(before.map(({ _id }) => _id));
  });

  test('Scenario 11: a forced scan reads every metadata file and preview again, once (B-9, CD-5)', async () => {
    const { world, alpha, beta } = await start();
    const count = () =>
      [alpha, beta].map((server) => {
        const { metadata, blurhash } = server.stats().classes;
        return [metadata.requests, blurhash.requests];
      });
    await world.scan();
    const first = count();
    await world.scan({ full: true });
    expect(count()).toEqual(first);
    const forced = await world.scan({ force: true });
    expect(count()).toEqual(first.map((counts) => counts.map((requests) => requests * 2)));
    expect(new Set(Object.values(outcomes(forced)))).toEqual(new Set(['unchanged']));
    expect((await world.scan()).planned).toBe(0);
  });

  test('Scenario 14: a pending auto caption is absolute, a finished one is a file of the server (ST-E6, F-13)', async () => {
    const { world, alpha, expectCatalogue } = await start();
    const title = 'Pending Captions';
    const autoEnglish = async () =>
      Object.entries((await world.movie(title)).captionURLs ?? {}).find(([label]) => /^English/.test(label));
    await world.scan();
    expect(await autoEnglish()).toEqual([
      'English - Auto Generated',
      {
        srcLang: 'en',
        url: `${alpha.nodeUrl}/api/captions/track/movie/Pending%20Captions/en`,
        sourceServerId: 'alpha',
        autoGenerated: true,
        pending: true,
      },
    ]);
    alpha.library.finishAutoCaption(title);
    await world.scan();
    expect(await autoEnglish()).toEqual([
      'English - Auto Generated',
      {
        srcLang: 'en',
        url: expect.stringMatching(`^${alpha.baseUrl}/movies/Pending%20Captions/`),
        sourceServerId: 'alpha',
        autoGenerated: true,
        lastModified: expect.any(String),
      },
    ]);
    await expectCatalogue();
  });

  test('Scenario 15: 404 for metadata and previews: nothing is stored, the gate closes, they appear when the listing changes or the audit looks (B-19, ST-1)', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    for (const { faults } of [alpha, beta]) {
      faults.add({ match: 'metadata', status: 404 });
      faults.add({ match: 'blurhash', status: 404 });
    }
    const first = await world.scan();
    expect(first.run.counts).toMatchObject({ failed: 0, created: first.units.length });
    const movie = await world.movie(MATRIX);
    expect(movie).toMatchObject({ title: MATRIX, metadata: {}, posterSource: 'alpha' });
    expect(movie).not.toHaveProperty('posterBlurhash');
    expect(movie).not.toHaveProperty('metadataSource');
    expect(await world.gate(MATRIX)).toHaveProperty('fingerprint');

    for (const { faults } of [alpha, beta]) faults.clear();
    expect((await world.scan()).planned).toBe(0);
    expect(await world.sync(MATRIX)).toMatchObject({ outcome: 'updated' });
    expect(await world.sync(MATRIX)).toMatchObject({ outcome: 'unchanged' });
    const healed = await world.movie(MATRIX);
    expect(healed).toMatchObject({ metadataSource: 'alpha', posterBlurhash: expect.any(String) });
    for (const { library } of [alpha, beta]) {
      for (const title of [...library.movies.titles()]) {
        const folder = library.movies.get(title);
        library.touch(title, 'folder');
        if (folder?.images.poster) library.touch(title, 'poster');
        if (folder?.images.backdrop) library.touch(title, 'backdrop');
      }
    }
    await world.scan();
    await expectCatalogue();
  });
});
