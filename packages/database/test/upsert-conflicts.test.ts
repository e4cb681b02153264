import { EpisodeRepository, MovieRepository } from '@reelsync/database';
import { movie, NOW } from './support/movies';
import { useTestDatabase } from './support/test-database';
import { episode, LOST, seasonIdOf } from './support/tv';

const database = useTestDatabase({ private: true });
const DUPLICATE = { errorCode: 11000 };

let movies: MovieRepository;
beforeAll(() => {
  movies = new MovieRepository(database.catalogue, { now: () => NOW });
});
beforeEach(() => database.catalogue.collection('FlatMovies').deleteMany({}));

describe('smartUpsert and E11000 (RP-2)', () => {
  it('reads again and merges when MongoDB refuses one of two creations', async () => {
    await movies.save(movie('film', { logo: 'theirs' }));
    await database.failNext(['update'], DUPLICATE);
    const result = await movies.smartUpsert(movie('film', { backdrop: 'ours' }), null, { now: NOW });
    expect(result).toEqual({ outcome: 'updated', changedFields: ['backdrop'] });
    await expect(movies.load('film')).resolves.toMatchObject({ logo: 'theirs', backdrop: 'ours' });
  });

  it('gives up for good, not with silence, when another unique index stands in the way', async () => {
    await database.catalogue.collection('FlatMovies').createIndex({ title: 1 }, { unique: true }, undefined);
    await movies.save(movie('Crash (1996)', { title: 'Crash' }));
    const attempt = movies.smartUpsert(movie('Crash (2004)', { title: 'Crash' }), null, { now: NOW });
    await expect(attempt).rejects.toMatchObject({
      code: 'DOCUMENT_INVALID',
      context: { title: 'Crash (2004)' },
      message: expect.stringContaining('unique index'),
      // Names the index.
      cause: { message: expect.stringContaining('title_1') },
    });
  });

  it('fails with DATABASE_UNAVAILABLE when the connection drops', async () => {
    await database.failNext(['update'], { closeConnection: true }, 2);
    await expect(movies.smartUpsert(movie('x'), null, { now: NOW })).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    await database.catalogue.client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
  });
});

describe('episodes and E11000', () => {
  let episodes: EpisodeRepository;
  beforeAll(async () => {
    episodes = new EpisodeRepository(database.catalogue, { now: () => NOW });
    await episodes.createIndexes();
  });
  beforeEach(() => database.catalogue.collection('FlatEpisodes').deleteMany({}));

  it('reads again and merges when MongoDB refuses one of two creations', async () => {
    await episodes.save(episode(LOST, 1, 1, { overview: 'theirs' }));
    await database.failNext(['update'], DUPLICATE);
    const result = await episodes.smartUpsert(episode(LOST, 1, 1, { thumbnail: 'ours' }), null, { now: NOW });
    expect(result).toEqual({ outcome: 'updated', changedFields: ['thumbnail'] });
    await expect(episodes.loadSeason(LOST, 1)).resolves.toMatchObject([
      { overview: 'theirs', thumbnail: 'ours' },
    ]);
  });

  it('names the key when another season of the show has the same id', async () => {
    await episodes.save(episode(LOST, 1, 1));
    const clash = episode(LOST, 2, 1, { seasonId: seasonIdOf(LOST, 1) });
    await expect(
      episodes.smartBulkUpsert(
        [
          { entity: clash, existing: null },
          { entity: episode(LOST, 2, 2), existing: null },
        ],
        { now: NOW },
      ),
    ).rejects.toMatchObject({
      code: 'DOCUMENT_INVALID',
      context: { title: `${LOST.toHexString()}/2/1` },
    });
    await expect(episodes.loadSeason(LOST, 2)).resolves.toMatchObject([{ episodeNumber: 2 }]);
  });
});
