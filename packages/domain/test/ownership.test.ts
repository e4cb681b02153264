import { normalizedVideoId } from '@reelsync/core';
import { startSampleServer } from '@reelsync/sample-library';
import { expectWithHistory, oracleOf, sourcesOf, useSampleWorlds } from './support/sample-world';
import { outcomes } from './support/world';

const MATRIX = 'The Matrix Reloaded (2003)';

describe('who owns what, over time', () => {
  const start = useSampleWorlds();

  test('Scenario 2, AV-4: a server that is down for a scan keeps what it owns; nothing flips, the other server goes on (B-7)', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    await world.scan();
    const before = await world.movies();
    await alpha.down();
    beta.library.setFocal('Twin Title (2010)', 'left');
    const scan = await world.scan();
    expect(scan.servers.get('alpha')).toMatchObject({ status: 'failed', code: 'SERVER_UNREACHABLE' });
    expect(outcomes(scan)).toEqual({ 'Twin Title (2010)': 'updated' });
    const others = (title: string) => title !== 'Twin Title (2010)';
    expect((await world.movies()).filter(({ originalTitle }) => others(originalTitle))).toEqual(
      before.filter(({ originalTitle }) => others(originalTitle)),
    );
    await alpha.up();
    expect((await world.scan()).planned).toBe(0);
    await expectCatalogue();
  });

  test('AV-5: servers that are ranked anew change every owner, without any change of a listing', async () => {
    const { world, alpha, beta, servers } = await start();
    await world.scan();
    await world.restart([{ ...servers.alpha, priority: 9 }, servers.beta]);
    const scan = await world.scan();
    expect([...scan.servers.values()].map(({ status }) => status)).toEqual(['not-modified', 'not-modified']);
    await expectWithHistory(oracleOf([alpha, 9], [beta, 2]), await world.movies());
    expect(await world.movie('HDR On Beta')).toMatchObject({ hdr: 'HDR10', videoInfoSource: 'beta' });
    expect((await world.scan()).planned).toBe(0);
  });

  test('AV-5: a server that is removed hands over what others have, and comes back; no document is lost', async () => {
    const { world, alpha, beta, servers, expectCatalogue } = await start();
    await world.scan();
    const ids = (await world.movies()).map(({ _id }) => _id);
    await world.restart([servers.beta]);
    await world.scan();
    await expectWithHistory(oracleOf([beta, 2]), await world.movies());
    expect(new Set(Object.values(sourcesOf(await world.movie(MATRIX))))).toEqual(new Set(['alpha', 'beta']));
    expect(await world.movie(MATRIX)).toMatchObject({ originalTitleSource: 'alpha', posterSource: 'beta' });
    expect(await world.movie('Twin Title (1990)')).toMatchObject({ posterSource: 'alpha' });

    await world.restart([servers.alpha, servers.beta]);
    await world.scan();
    await expectCatalogue();
    expect((await world.movies()).map(({ _id }) => _id)).toEqual(ids);
    expect((await world.scan()).planned).toBe(0);
    expect(alpha.stats().classes.listing.byStatus['304']).toBeGreaterThan(0);
  });

  test('AV-5: a server that is added takes over what it is better at', async () => {
    const { world, servers, expectCatalogueWithHistory } = await start();
    await world.restart([servers.beta]);
    await world.scan();
    expect(await world.movie(MATRIX)).toMatchObject({ videoSource: 'beta', hdr: 'Dolby Vision, HDR10' });
    await world.restart([servers.alpha, servers.beta]);
    await world.scan();
    expect(await world.movie(MATRIX)).not.toHaveProperty('hdr');
    await expectCatalogueWithHistory();
  });

  test('B-34: a server that moves changes its URLs everywhere; no file is read again and the watch keys stay', async () => {
    const { world, alpha, servers } = await start();
    await world.scan();
    const before = await world.movie(MATRIX);
    alpha.resetStats();
    const baseUrl = servers.alpha.baseUrl.replace('127.0.0.1', 'localhost');
    await world.restart([{ ...servers.alpha, baseUrl }, servers.beta]);
    await world.scan();
    const after = await world.movie(MATRIX);
    expect(after).toMatchObject({
      videoURL: before.videoURL?.replace('127.0.0.1', 'localhost'),
      posterURL: before.posterURL?.replace('127.0.0.1', 'localhost'),
      normalizedVideoId: before.normalizedVideoId,
      posterBlurhash: before.posterBlurhash,
    });
    const { metadata, blurhash } = alpha.stats().classes;
    expect([metadata.requests, blurhash.requests]).toEqual([0, 0]);
  });

  test('B-35: hashes are asked at the internal address, the listing at the public one', async () => {
    const { world, alpha, beta, servers } = await start();
    const inner = await startSampleServer({ library: alpha.library, webhookId: 'test-webhook', id: 'inner' });
    try {
      await world.restart([{ ...servers.alpha, internalUrl: inner.nodeUrl }, servers.beta]);
      await world.scan();
      expect(alpha.stats().classes).toMatchObject({ hashes: { requests: 0 }, listing: { requests: 2 } });
      expect(inner.stats().classes).toMatchObject({ hashes: { requests: 1 }, listing: { requests: 0 } });
      expect(beta.stats().classes.hashes.requests).toBe(1);
      const movie = await world.movie(MATRIX);
      expect(movie.syncHash).toMatch(/^[0-9a-f]{40}$/);
      expect(movie.metadataHash).toBe(movie.syncHash);
    } finally {
      await inner.close();
    }
  });

  test('B-4, AV-8: when the video changes hands, URL, watch key and all its facts change together', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    alpha.library.removeAsset('HDR On Beta', 'video');
    await world.scan();
    const movie = await world.movie('HDR On Beta');
    expect(movie).toMatchObject({ videoSource: 'beta', videoInfoSource: 'beta', hdr: 'HDR10' });
    expect(movie.normalizedVideoId).toBe(normalizedVideoId(movie.videoURL ?? ''));
    await expectCatalogue();
  });

  test('B-6: a change of images or video does not turn the display title back into the folder name', async () => {
    const { world, alpha, beta } = await start();
    const title = 'Metadata Only On Beta';
    await world.scan();
    alpha.library.replaceVideo(title);
    beta.library.replacePoster(title);
    await world.scan();
    await world.sync(title, { operations: ['assets', 'content'] });
    expect(await world.movie(title)).toMatchObject({ title: 'Metadata, Only on Beta', titleSource: 'beta' });
  });

  test('CL-1, CL-2: a title that vanishes is only marked; its document stays and it returns with the same _id', async () => {
    const { world, alpha, expectCatalogue } = await start();
    const title = 'Twin Title (1990)';
    await world.scan();
    const before = await world.movie(title);
    alpha.library.removeMovie(title);
    const scan = await world.scan();
    expect(scan.servers.get('alpha')).toMatchObject({ vanished: 1 });
    expect(outcomes(scan)).toEqual({ [title]: 'skipped' });
    expect(await world.inventoryOf('alpha', title)).toMatchObject({ missingSince: expect.any(Date) });
    expect(await world.movie(title)).toEqual(before);
    expect((await world.scan()).planned).toBe(0);

    alpha.library.addMovie(title);
    expect(outcomes(await world.scan())).toEqual({ [title]: 'updated' });
    expect(await world.inventoryOf('alpha', title)).not.toHaveProperty('missingSince');
    expect((await world.movie(title))._id).toEqual(before._id);
    await expectCatalogue();
  });

  test('a title that vanishes on its owner moves to the other server', async () => {
    const { world, alpha, expectCatalogueWithHistory } = await start();
    await world.scan();
    const before = await world.movie(MATRIX);
    alpha.library.removeMovie(MATRIX);
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    const movie = await world.movie(MATRIX);
    expect(movie._id).toEqual(before._id);
    expect(movie).toMatchObject({ videoSource: 'beta', hdr: 'Dolby Vision, HDR10', captionSource: 'beta' });
    await expectCatalogueWithHistory();
  });

  test('AV-8: also with field cleanup switched off, no fact of one encode stays on another (§5.3)', async () => {
    const { world, alpha } = await start({ fieldCleanup: 'off' });
    alpha.library.removeAsset('HDR On Beta', 'video');
    await world.scan();
    expect(await world.movie('HDR On Beta')).toMatchObject({ hdr: 'HDR10' });
    alpha.library.removeMovie('HDR On Beta');
    alpha.library.addMovie('HDR On Beta');
    alpha.library.removeAsset('Twin Title (1990)', 'poster');
    await world.scan();
    const movie = await world.movie('HDR On Beta');
    expect(movie).toMatchObject({ videoSource: 'alpha' });
    expect(movie).not.toHaveProperty('hdr');
    expect(await world.movie('Twin Title (1990)')).toHaveProperty('posterURL');
  });

  test('a clean-up that only logs removes nothing, closes the gate, and the job says what it would remove (§5.3)', async () => {
    const { world, alpha } = await start({ fieldCleanup: 'dry-run' });
    await world.scan();
    const before = await world.movie('Twin Title (1990)');
    alpha.library.removeAsset('Twin Title (1990)', 'poster');
    world.units.isLost = () => true;
    await world.scan();

    const unit = { kind: 'movie', title: 'Twin Title (1990)' } as const;
    const { changedFields, warnings } = await world.syncUnit(unit);
    expect(changedFields.filter((field) => field.startsWith('poster'))).toEqual([]);
    expect(warnings).toEqual([
      {
        code: 'FIELD_CLEANUP_DRY_RUN',
        message: expect.stringMatching(/^would remove (?=.*posterURL)(?=.*posterSource)/) as string,
      },
    ]);
    const { posterURL, posterSource } = before;
    expect(await world.movie('Twin Title (1990)')).toMatchObject({ posterURL, posterSource });
    world.units.isLost = () => false;
    expect((await world.scan()).planned).toBe(0);
  });
});
