import { ReelsyncError } from '@reelsync/core';
import { FEW_MOVIES, useSampleWorlds, type SampleWorld } from './support/sample-world';
import { outcomes } from './support/world';

const MATRIX = 'The Matrix Reloaded (2003)';

describe('a record that returns to what it was (CD-2, CD-3)', () => {
  const start = useSampleWorlds({ movies: FEW_MOVIES });
  afterEach(() => jest.restoreAllMocks());

  /** In step with the backdrop's focus on the right. */
  async function startOnTheRight(): Promise<SampleWorld> {
    const sample = await start();
    sample.alpha.library.setFocal(MATRIX, 'right');
    await sample.world.scan();
    expect(await focusOf(sample)).toBe('right');
    return sample;
  }

  const focusOf = async ({ world }: SampleWorld): Promise<unknown> =>
    (await world.movie(MATRIX)).backdropFocal;

  test('after a job that wrote it and died before its gate: the document returns as well', async () => {
    const sample = await startOnTheRight();
    const { world, alpha, expectCatalogue } = sample;
    const crash = new ReelsyncError('DATABASE_ERROR', 'killed');
    jest.spyOn(world.database.gates, 'save').mockRejectedValueOnce(crash);
    alpha.library.setFocal(MATRIX, 'left');
    await world.scan();
    expect(await focusOf(sample)).toBe('left');
    alpha.library.setFocal(MATRIX, 'right');
    expect(outcomes(await world.scan())).toEqual({ [MATRIX]: 'updated' });
    expect(await focusOf(sample)).toBe('right');
    await expectCatalogue();
  });

  test('after a job for some operations, which leaves the gate alone', async () => {
    const sample = await startOnTheRight();
    const { world, alpha, expectCatalogue } = sample;
    world.units.isLost = () => true;
    alpha.library.setFocal(MATRIX, 'left');
    await world.scan();
    await world.sync(MATRIX, { operations: ['assets'] });
    expect(await focusOf(sample)).toBe('left');
    world.units.isLost = () => false;
    alpha.library.setFocal(MATRIX, 'right');
    await world.scan();
    expect(await focusOf(sample)).toBe('right');
    await expectCatalogue();
  });

  test('AV-4: after a job that failed over the files of the server that took over meanwhile', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    await world.scan();
    alpha.faults.add({ match: 'listing', body: 'empty' });
    beta.faults.add({ match: 'metadata', status: 500 });
    beta.faults.add({ match: 'blurhash', status: 500 });
    await world.scan({ acceptShrunken: true });
    alpha.faults.clear();
    beta.faults.clear();
    await world.scan();
    await expectCatalogue();
  });
});

describe('a document that somebody else has changed', () => {
  const start = useSampleWorlds({ movies: FEW_MOVIES });

  test('is mended by a full scan, without reading a file again (design decision 1)', async () => {
    const { world, alpha, beta, expectCatalogue } = await start();
    await world.scan();
    const movies = world.connection.catalogue.collection('FlatMovies');
    await movies.updateOne(
      { originalTitle: MATRIX },
      { $unset: { posterURL: '' }, $set: { videoURL: 'http://elsewhere.example/film.mp4' } },
    );
    expect((await world.scan()).planned).toBe(0);
    alpha.resetStats();
    beta.resetStats();
    const { units } = await world.scan({ full: true });
    expect(units.filter(({ outcome }) => outcome !== 'unchanged')).toMatchObject([
      { title: MATRIX, outcome: 'updated', changedFields: expect.arrayContaining(['posterURL', 'videoURL']) },
    ]);
    await expectCatalogue();
    for (const { classes } of [alpha.stats(), beta.stats()])
      expect([classes.metadata.requests, classes.blurhash.requests]).toEqual([0, 0]);
  });
});
