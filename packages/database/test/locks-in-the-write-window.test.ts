import { MovieRepository } from '@reelsync/database';
import { movie, NOW } from './support/movies';
import { useTestDatabase } from './support/test-database';

const THEIRS = 'https://admin.example/poster.jpg';

describe('a lock that is set between reading and writing (RP-3)', () => {
  const database = useTestDatabase();
  let movies: MovieRepository;
  beforeAll(() => {
    movies = new MovieRepository(database.catalogue, { now: () => NOW });
  });
  beforeEach(() => database.catalogue.collection('FlatMovies').deleteMany({}));

  async function adminLocks(title: string): Promise<void> {
    await database.catalogue.collection('FlatMovies').updateOne(
      { originalTitle: title },
      {
        $set: {
          posterURL: THEIRS,
          'lockedFields.posterURL': true,
          'lockedFields.metadata': { name: true },
        },
      },
    );
  }

  it('is honoured by smartUpsert, which merges anew', async () => {
    await movies.save(movie('film', { logo: 'old' }));
    const read = await movies.load('film');
    await adminLocks('film');
    const result = await movies.smartUpsert(movie('film', { posterURL: 'ours', logo: 'new' }), read, {
      now: NOW,
    });
    expect(result).toEqual({ outcome: 'updated', changedFields: ['logo'] });
    await expect(movies.load('film')).resolves.toMatchObject({ posterURL: THEIRS, logo: 'new' });
  });

  it('is honoured among many writes that share a command; the others are not disturbed', async () => {
    const titles = ['one', 'two', 'three', 'four'];
    for (const title of titles) await movies.save(movie(title, { logo: 'old' }));
    const items = await Promise.all(
      titles.map(async (title) => ({
        entity: movie(title, { posterURL: 'ours' }),
        existing: await movies.load(title),
      })),
    );
    await adminLocks('three');
    const results = await movies.smartBulkUpsert(items, { now: NOW });
    expect(results.map(({ outcome }) => outcome)).toEqual(['updated', 'updated', 'unchanged', 'updated']);
    await expect(movies.load('three')).resolves.toMatchObject({ posterURL: THEIRS });
  });

  it('does not make update fail, nor a lock that was taken away', async () => {
    await movies.save(movie('film', { logo: 'old' }));
    await adminLocks('film');
    const read = await movies.load('film');
    await database.catalogue
      .collection('FlatMovies')
      .updateOne({ originalTitle: 'film' }, { $unset: { lockedFields: '' } });
    expect(await movies.smartUpsert(movie('film', { posterURL: 'ours' }), read, { now: NOW })).toMatchObject({
      outcome: expect.stringMatching(/updated|unchanged/),
    });
    expect(await movies.update('film', { logo: 'new' })).toMatchObject({ outcome: 'updated' });
  });
});
