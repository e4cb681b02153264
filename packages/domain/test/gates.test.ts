import { ReelsyncError } from '@reelsync/core';
import { waitFor } from '../../../tests/support';
import { FEW_MOVIES, useSampleWorlds } from './support/sample-world';
import { outcomes } from './support/world';

const MATRIX = 'The Matrix Reloaded (2003)';
const HOUR_MS = 3_600_000;

describe('gates: what is applied, what is still to do', () => {
  const start = useSampleWorlds({ movies: FEW_MOVIES });
  const startWhole = useSampleWorlds();
  afterEach(() => jest.restoreAllMocks());

  test('CD-2: when the write fails, the gate stays open and the next scan writes the title', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    const before = await world.gate(MATRIX);
    alpha.library.replacePoster(MATRIX);
    jest
      .spyOn(world.database.movies, 'smartUpsert')
      .mockRejectedValueOnce(new ReelsyncError('DATABASE_UNAVAILABLE', 'the database is away'));
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'DATABASE_UNAVAILABLE' });
    const after = await world.gate(MATRIX);
    expect(after?.fingerprint).toBe(before?.fingerprint);
    // What the write would have replaced is not called applied any more: nobody knows how far it came.
    expect(before?.applied).toMatchObject({ ...after?.applied, posterBlurhash: expect.any(String) });
    expect(after?.applied).not.toHaveProperty('posterBlurhash');
    expect(await world.pendingTitles()).toEqual([MATRIX]);
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    await expectCatalogue();
  });

  test('what other runs wait for already is not planned anew by every scan, but for the first of it', async () => {
    const { world, alpha, expectCatalogue } = await start();
    world.plannedAnyway = 1;
    await world.restart();
    world.units.isLost = () => true;
    const first = await world.scan();
    expect(first.planned).toBeGreaterThan(2);
    // All of one round trip are planned before it is known that there are more.
    expect((await world.scan()).planned).toBe(first.planned);
    world.plannedAnyway = 0;
    await world.restart();
    alpha.library.replacePoster(MATRIX);
    expect(await world.scan()).toMatchObject({ planned: 0, run: { status: 'done' } });
    // The job that they wait for works on what is known by now.
    world.units.isLost = () => false;
    const units = (await world.pendingTitles()).map((title) => ({ kind: 'movie' as const, title }));
    await world.units.enqueue(units, { runIds: [], urgency: 'bulk' });
    await world.units.drain();
    await expectCatalogue();
    expect(await world.database.runs.settle(world.now())).toMatchObject([
      { id: first.run.id, status: 'done', counts: { planned: first.planned, failed: 0 } },
      { status: 'done' },
    ]);
  });

  test('what only narrowed requests wait for is planned: their jobs leave the rest of it undone', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    const { runs } = world.database;
    const id = await runs.create({ trigger: 'cli', scope: { kind: 'sweep' }, startedAt: world.now() });
    const unit = { kind: 'movie' as const, title: MATRIX };
    await runs.plan(id, [unit], world.now(), { operations: ['blurhash'] });
    world.plannedAnyway = 0;
    await world.restart();
    alpha.library.replacePoster(MATRIX);
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    await expectCatalogue();
  });

  test('a title that changed and whose retry is due counts and runs once', async () => {
    const { world, alpha } = await start();
    await world.scan();
    alpha.library.replacePoster(MATRIX);
    alpha.faults.add({ match: 'blurhash', body: 'html' });
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'BLURHASH_INVALID' });
    alpha.faults.clear();
    alpha.library.replacePoster(MATRIX);
    world.advanceClock(2 * HOUR_MS);
    const { planned, units } = await world.scan();
    expect([planned, units.map(({ outcome }) => outcome)]).toEqual([1, ['updated']]);
  });

  test('CD-2: when the gate cannot be written, the title stays dirty; applying it again changes nothing', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    alpha.library.replacePoster(MATRIX);
    jest
      .spyOn(world.database.gates, 'save')
      .mockRejectedValueOnce(new ReelsyncError('DATABASE_ERROR', 'no luck'));
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'DATABASE_ERROR' });
    expect(await world.pendingTitles()).toEqual([MATRIX]);
    world.takeWrites();
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'unchanged' });
    expect(world.takeWrites()).not.toContain('update FlatMovies');
    expect(await world.pendingTitles()).toEqual([]);
    await expectCatalogue();
  });

  test('CD-2: a file that cannot be read leaves the gate open; the rest of the title is written already (B-1)', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    const before = await world.gate(MATRIX);
    alpha.library.replacePoster(MATRIX);
    const fault = alpha.faults.add({ match: 'blurhash', status: 500 });
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'SERVER_ERROR' });
    expect((await world.gate(MATRIX))?.fingerprint).toBe(before?.fingerprint);
    expect((await world.movie(MATRIX)).posterURL).toContain(
      (await world.inventoryOf('alpha', MATRIX)).record.images.poster?.path,
    );

    alpha.faults.remove(fault);
    alpha.resetStats();
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    const { metadata, blurhash } = alpha.stats().classes;
    expect([metadata.requests, blurhash.requests]).toEqual([0, 1]);
    await expectCatalogue();
  });

  test('CD-4, B-23: a unit that needs no write closes its gate all the same', async () => {
    const { world } = await start();
    await world.scan();
    await world.connection.state.collection('gates').deleteMany({});
    world.takeWrites();
    const full = await world.scan({ full: true });
    expect(new Set(Object.values(outcomes(full)))).toEqual(new Set(['unchanged']));
    const writes = world.takeWrites();
    expect(writes).not.toContain('update FlatMovies');
    expect(writes).toContain('update gates');
    await world.sync(MATRIX);
    expect(world.takeWrites()).toEqual([]);
  });

  test('B-22: a title without metadata is complete, and takes the metadata when a server has some', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    expect(await world.movie('HDR On Beta')).toMatchObject({ metadata: {}, title: 'HDR On Beta' });
    expect((await world.scan()).planned).toBe(0);
    alpha.library.editMetadata('HDR On Beta', { title: 'HDR on Alpha', runtime: '90' });
    await world.scan();
    expect(await world.movie('HDR On Beta')).toMatchObject({
      title: 'HDR on Alpha',
      titleSource: 'alpha',
      metadata: { title: 'HDR on Alpha', runtime: 90 },
    });
    await expectCatalogue();
  });

  test.each([
    ['the whole of metadata', { metadata: true }],
    ['a part of metadata', { metadata: { overview: true } }],
  ])('B-43: locking %s and unlocking it again re-opens the gate in a full scan', async (_, lockedFields) => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    const { overview } = (await world.movie(MATRIX)).metadata ?? {};
    await world.edit(MATRIX, { $set: { lockedFields } });
    alpha.library.editMetadata(MATRIX, { overview: 'By the server' });
    await world.scan();
    expect((await world.movie(MATRIX)).metadata).toMatchObject({ overview });
    await world.edit(MATRIX, { $unset: { lockedFields: '' } });
    const full = await world.scan({ full: true });
    expect(full.units.filter(({ outcome }) => outcome !== 'unchanged')).toMatchObject([{ title: MATRIX }]);
    expect((await world.movie(MATRIX)).metadata).toMatchObject({ overview: 'By the server' });
    await expectCatalogue();
  });

  describe('locks that change while files are read', () => {
    async function whileMetadataIsRead(
      { world, alpha }: Awaited<ReturnType<typeof start>>,
      meanwhile: () => Promise<void>,
    ): Promise<void> {
      alpha.faults.add({ match: 'metadata', latencyMs: 250, times: 1 });
      alpha.resetStats();
      const syncing = world.sync(MATRIX);
      await waitFor(() => alpha.stats().classes.metadata.requests > 0);
      await meanwhile();
      await syncing;
    }

    test('a lock that is set meanwhile is honoured', async () => {
      const started = await start();
      const { world, alpha } = started;
      await world.scan();
      const before = await world.movie(MATRIX);
      world.units.isLost = () => true;
      alpha.library.replacePoster(MATRIX);
      alpha.library.editMetadata(MATRIX, { overview: 'By the server' });
      await world.scan();
      await whileMetadataIsRead(started, () =>
        world.edit(MATRIX, {
          $set: {
            'metadata.overview': 'By an admin',
            lockedFields: { posterURL: true, metadata: { overview: true } },
          },
        }),
      );
      const after = await world.movie(MATRIX);
      expect(after.posterURL).toBe(before.posterURL);
      expect(after.metadata).toMatchObject({ overview: 'By an admin' });
      world.units.isLost = () => false;
      expect(outcomes(await world.scan({ full: true }))[MATRIX]).toBe('unchanged');
    });

    test('a lock that is taken away meanwhile has its files read too', async () => {
      const started = await start();
      const { world, alpha, expectCatalogue } = started;
      await world.scan();
      await world.edit(MATRIX, { $set: { lockedFields: { posterURL: true } } });
      world.units.isLost = () => true;
      alpha.library.replacePoster(MATRIX);
      await world.scan();
      await whileMetadataIsRead(started, () => world.edit(MATRIX, { $unset: { lockedFields: '' } }));
      world.units.isLost = () => false;
      await world.scan();
      await expectCatalogue();
    });
  });

  test('a permanent failure is held back until the listing changes or the waiting time is over', async () => {
    const { world, alpha, expectCatalogue } = await start({ library: { withBrokenTitles: true } });
    const title = 'Bad Metadata';
    const first = await world.scan();
    expect(outcomes(first)[title]).toBe('METADATA_INVALID');
    expect(first.run.counts).toMatchObject({ failed: 1, created: first.units.length - 1 });
    expect(await world.movie(title)).toMatchObject({
      title,
      videoSource: 'alpha',
      metadata: { title, hasExternalMetadata: false },
    });
    expect((await world.scan()).planned).toBe(0);

    world.advanceClock(HOUR_MS + 1000);
    expect(outcomes(await world.scan())).toEqual({ [title]: 'METADATA_INVALID' });
    expect(await world.gate(title)).toMatchObject({ failure: { code: 'METADATA_INVALID', attempts: 2 } });
    world.advanceClock(HOUR_MS + 1000);
    expect((await world.scan()).planned).toBe(0);
    world.advanceClock(HOUR_MS);
    expect((await world.scan()).planned).toBe(1);

    alpha.library.touch(title, 'folder');
    expect(outcomes(await world.scan())).toEqual({ [title]: 'METADATA_INVALID' });
    expect((await world.scan()).planned).toBe(0);
    alpha.library.editMetadata(title, { title: 'Good Metadata' });
    expect(outcomes(await world.scan())).toEqual({ [title]: 'updated' });
    expect(await world.gate(title)).not.toHaveProperty('failure');
    await expectCatalogue();
  });

  test('a document that must not be written is held back like a file that cannot be read', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    alpha.library.editMetadata(MATRIX, { title: 'x'.repeat(501) });
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'DOCUMENT_INVALID' });
    expect(await world.movie(MATRIX)).toMatchObject({ title: 'The Matrix Reloaded' });
    expect((await world.scan()).planned).toBe(0);
    world.advanceClock(HOUR_MS + 1000);
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'DOCUMENT_INVALID' });
    alpha.library.editMetadata(MATRIX, { title: 'Short again' });
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    await expectCatalogue();
  });

  test('a transient failure stays pending: the next scan plans it again, also after a 304', async () => {
    const { world, alpha, beta, expectCatalogue } = await startWhole();
    alpha.faults.add({ match: 'metadata', status: 500 });
    const first = await world.scan();
    const failed = first.units.filter(({ outcome }) => outcome === 'failed').map(({ title }) => title);
    expect(failed.length).toBeGreaterThan(5);
    expect(new Set(first.units.map(({ code }) => code))).toEqual(new Set([undefined, 'SERVER_ERROR']));
    expect(await world.movie(MATRIX)).toMatchObject({ posterSource: 'alpha', title: MATRIX });
    alpha.faults.clear();
    const second = await world.scan();
    expect([...second.servers.values()].map(({ status }) => status)).toEqual([
      'not-modified',
      'not-modified',
    ]);
    expect(second.units.map(({ title }) => title).sort()).toEqual(failed.sort());
    expect(beta.stats().classes.listing.byStatus['304']).toBe(2);
    await expectCatalogue();
  });

  test('a crash between the inventory and the queue: the next scan, with a 304, plans what changed', async () => {
    const { world, alpha, expectCatalogue } = await start();
    await world.scan();
    alpha.library.replacePoster(MATRIX);
    world.units.isLost = () => {
      throw new Error('killed');
    };
    await expect(world.scan()).rejects.toThrow('killed');
    world.units.isLost = () => false;
    const next = await world.scan();
    expect(next.servers.get('alpha')?.status).toBe('not-modified');
    expect(outcomes(next)).toEqual({ [MATRIX]: 'updated' });
    await expectCatalogue();
  });

  test('jobs that are lost with Redis are planned again by the next scan', async () => {
    const { world, expectCatalogue } = await start();
    world.units.isLost = ({ title }) => title < 'M';
    const first = await world.scan();
    world.units.isLost = () => false;
    const second = await world.scan();
    expect(second.planned).toBe(first.planned - first.units.length);
    await expectCatalogue();
  });

  test('two, and twenty, jobs for one title at the same time give one document', async () => {
    const { world, expectCatalogue } = await start();
    world.units.isLost = () => true;
    await world.scan();
    const results = await Promise.all(Array.from({ length: 20 }, () => world.sync(MATRIX)));
    expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect((await world.movies()).map(({ originalTitle }) => originalTitle)).toEqual([MATRIX]);
    world.units.isLost = () => false;
    await world.scan();
    await expectCatalogue();
  });

  test('a partial run touches its own fields only and leaves the gate alone, also when it fails', async () => {
    const { world, alpha } = await start();
    await world.scan();
    const [before, gate] = [await world.movie(MATRIX), await world.gate(MATRIX)];
    world.units.isLost = () => true;
    alpha.library.replacePoster(MATRIX);
    alpha.library.replaceVideo(MATRIX);
    await world.scan();
    const { changedFields } = await world.sync(MATRIX, { operations: ['assets'] });
    expect(changedFields).toEqual(['posterURL']);
    const fault = alpha.faults.add({ match: 'blurhash', body: 'html' });
    await expect(world.sync(MATRIX, { operations: ['blurhash'] })).rejects.toMatchObject({
      code: 'BLURHASH_INVALID',
    });
    alpha.faults.remove(fault);
    expect(await world.gate(MATRIX)).toEqual(gate);
    expect((await world.movie(MATRIX)).duration).toBe(before.duration);
    expect(await world.pendingTitles()).toEqual([MATRIX]);
  });

  test('CD-5: a forced unit that fails for good is not planned by every scan from then on', async () => {
    const { world, alpha } = await start({ library: { withBrokenTitles: true } });
    await world.scan();
    const forced = await world.scan({ force: true });
    expect(outcomes(forced)['Bad Metadata']).toBe('METADATA_INVALID');
    expect((await world.scan()).planned).toBe(0);
    alpha.library.editMetadata('Bad Metadata', { title: 'Good Metadata' });
    expect(outcomes(await world.scan())).toEqual({ 'Bad Metadata': 'updated' });
    expect((await world.scan()).planned).toBe(0);
  });

  test('CD-5: operations forced alone are answered by a job for them or for all, and by no other', async () => {
    const { world, alpha } = await start();
    await world.scan();
    const { gates } = world.database;
    const movie = { kind: 'movie', title: MATRIX } as const;
    const reads = () => alpha.stats().classes.metadata.requests;
    const force = () => gates.requestForce([movie], new Date(), ['metadata']);
    await force();
    const before = reads();
    await world.sync(MATRIX, { operations: ['assets'] });
    expect([reads(), (await world.gate(MATRIX))?.forcedOperations]).toEqual([
      before,
      { metadata: expect.any(Date) },
    ]);
    await world.sync(MATRIX, { operations: ['metadata'] });
    expect([reads(), (await world.gate(MATRIX))?.forcedOperations]).toEqual([before + 1, {}]);
    await force();
    await world.sync(MATRIX);
    expect([reads(), (await world.gate(MATRIX))?.forcedOperations]).toEqual([before + 2, {}]);
    await world.sync(MATRIX);
    expect(reads()).toBe(before + 2);
  });

  test('a title that no server ever listed is unknown, and leaves nothing behind', async () => {
    const { world } = await start();
    await world.scan();
    world.takeWrites();
    await expect(world.sync('No Such Title')).rejects.toMatchObject({ code: 'TITLE_UNKNOWN' });
    expect(world.takeWrites()).toEqual([]);
  });
});
