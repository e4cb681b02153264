import { planWrite } from '@reelsync/core';
import { MovieRepository } from '@reelsync/database';
import { movie, NOW } from './support/movies';
import { collect, useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const LATER = new Date(NOW.getTime() + 60_000);
const RUN = '0123456789abcdef01234567';

let movies: MovieRepository;
const films = () => database.catalogue.collection('FlatMovies');

beforeAll(async () => {
  movies = new MovieRepository(database.catalogue, { now: () => NOW });
  await movies.createIndexes();
});
beforeEach(() => films().deleteMany({}));

describe('finding', () => {
  it('looks up by folder name, display title, or either (RP-1)', async () => {
    await movies.save(movie('Alien (1979)', { title: 'Alien' }));
    await expect(movies.findByOriginalTitle('Alien (1979)')).resolves.toMatchObject({ title: 'Alien' });
    await expect(movies.findByOriginalTitle('Alien')).resolves.toBeNull();
    await expect(movies.findByTitle('Alien')).resolves.toMatchObject({ originalTitle: 'Alien (1979)' });
    await expect(movies.findByEitherTitle('Alien')).resolves.toMatchObject({ originalTitle: 'Alien (1979)' });
    await expect(movies.findByEitherTitle('x', 'Alien (1979)')).resolves.toMatchObject({ title: 'Alien' });
    await expect(movies.findByEitherTitle('y')).resolves.toBeNull();
    await expect(movies.exists('Alien (1979)')).resolves.toBe(true);
    await expect(movies.exists('Alien')).resolves.toBe(false);
  });

  it('B-11: two works with one display title both exist', async () => {
    await movies.smartUpsert(movie('Crash (1996)', { title: 'Crash' }), null, { now: NOW });
    await movies.smartUpsert(movie('Crash (2004)', { title: 'Crash' }), null, { now: NOW });
    await expect(movies.count({ title: 'Crash' })).resolves.toBe(2);
    await expect(movies.findByTitle('Crash')).resolves.toMatchObject({ originalTitle: 'Crash (1996)' });
  });

  it('answers many lookups of the same time with one query, byte for byte', async () => {
    const titles = Array.from({ length: 100 }, (_, i) => `Film ${i}`);
    const odd = ['千と千尋の神隠し', '100% Wolf', 'Cash $HOME Price', 'A/B\\"C'];
    for (const title of [...titles, ...odd]) await movies.save(movie(title));
    database.resetCommands();
    const found = await Promise.all([...titles, ...odd, 'unknown'].map((title) => movies.load(title)));
    expect(found.map((document) => document?.originalTitle)).toEqual([...titles, ...odd, undefined]);
    expect(database.commands('find', 'FlatMovies')).toHaveLength(1);
  });

  it('streams all, sorted and limited', async () => {
    for (const title of ['c', 'a', 'b']) await movies.save(movie(title));
    const titlesOf = async (items: ReturnType<MovieRepository['findAll']>) =>
      (await collect(items)).map(({ originalTitle }) => originalTitle);
    await expect(titlesOf(movies.findAll())).resolves.toEqual(['a', 'b', 'c']);
    await expect(titlesOf(movies.findAll({ originalTitle: { $ne: 'a' } }, { limit: 1 }))).resolves.toEqual([
      'b',
    ]);
    await expect(titlesOf(movies.findAll({}, { sort: { originalTitle: -1 } }))).resolves.toEqual([
      'c',
      'b',
      'a',
    ]);
  });

  it('finds documents by missing fields and by last write', async () => {
    await movies.save(movie('complete', { posterURL: 'p', backdrop: 'b' }), { now: NOW });
    await movies.save(movie('bare'), { now: LATER });
    const missing = await collect(movies.findWithMissingFields(['posterURL', 'backdrop']));
    expect(missing.map(({ originalTitle }) => originalTitle)).toEqual(['bare']);
    await expect(collect(movies.findWithMissingFields([]))).resolves.toEqual([]);
    const modified = await collect(movies.findModifiedSince(LATER));
    expect(modified.map(({ originalTitle }) => originalTitle)).toEqual(['bare']);
  });
});

describe('writing', () => {
  it('stamps creation and strips a foreign _id', async () => {
    await movies.save({ ...movie('new'), _id: 'not ours' }, { now: NOW, runId: RUN });
    const stored = await movies.load('new');
    expect(stored).toMatchObject({ createdAt: NOW, updatedAt: NOW, lastSynced: NOW, syncRunId: RUN });
    expect(stored?._id).not.toBe('not ours');
    await expect(movies.save(movie('new'))).rejects.toMatchObject({ code: 'DATABASE_CONFLICT' });
    await expect(movies.save(movie(''))).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' });
  });

  it('updates by folder name and refuses one without a document', async () => {
    await movies.save(movie('film'));
    await expect(
      movies.update('film', { title: 'New', originalTitle: 'other' }, { now: LATER }),
    ).resolves.toEqual({
      outcome: 'updated',
      changedFields: ['title'],
    });
    await expect(movies.load('film')).resolves.toMatchObject({
      title: 'New',
      updatedAt: LATER,
      lastSynced: LATER,
    });
    await expect(movies.update('none', { title: 'x' })).rejects.toMatchObject({ code: 'TITLE_UNKNOWN' });
  });

  it('upsert makes the document what the entity says, around locks', async () => {
    await movies.save(movie('film', { posterURL: 'old', logo: 'old', lockedFields: { logo: true } }), {
      now: NOW,
    });
    await films().updateOne({ originalTitle: 'film' }, { $set: { initialDiscoveryServer: 'first' } });
    const before = await movies.load('film');
    await movies.upsert(movie('film', { backdrop: 'new' }), { now: LATER });
    const after = await movies.load('film');
    expect(after).toMatchObject({
      _id: before?._id,
      backdrop: 'new',
      logo: 'old',
      createdAt: NOW,
      updatedAt: LATER,
    });
    expect(after).toMatchObject({ initialDiscoveryServer: 'first', lockedFields: { logo: true } });
    expect(after).not.toHaveProperty('posterURL');
    await expect(movies.upsert(movie('other'))).resolves.toMatchObject({ outcome: 'created' });
  });

  it('bulkUpdate tells updated, unchanged and missing titles apart in few commands', async () => {
    for (const title of ['a', 'b']) await movies.save(movie(title, { logo: 'same' }));
    database.resetCommands();
    const result = await movies.bulkUpdate([
      { key: 'a', updates: { logo: 'new' } },
      { key: 'b', updates: { logo: 'same' } },
      { key: 'c', updates: { logo: 'new' } },
    ]);
    expect(result).toEqual({ updated: ['a'], unchanged: ['b'], missing: ['c'] });
    expect(database.commands('find')).toHaveLength(1);
    expect(database.commands('update')).toHaveLength(1);
  });

  it('deletes what is neither locked nor entered by hand, and says what was kept (CL-8)', async () => {
    await movies.save(movie('free', { lockedFields: { posterURL: false } }));
    await movies.save(movie('unlocked', { lockedFields: {} }));
    await movies.save(movie('plain'));
    await movies.save(movie('locked', { lockedFields: { metadata: { overview: true } } }));
    await movies.save(movie('manual', { manualEntry: true }));
    const result = await movies.deleteByOriginalTitles([
      'free',
      'unlocked',
      'plain',
      'locked',
      'manual',
      'unknown',
    ]);
    expect(result.deleted).toEqual(['plain', 'unlocked']);
    expect(result.kept).toEqual([
      // Not a lock, but nobody can tell in a filter: keeping it is the safe side.
      { key: 'free', reason: 'locked' },
      { key: 'locked', reason: 'locked' },
      { key: 'manual', reason: 'manual-entry' },
    ]);
    await expect(movies.delete('locked')).resolves.toBe(false);
    await expect(movies.delete('unknown')).resolves.toBe(false);
    await movies.save(movie('again'));
    await expect(movies.delete('again')).resolves.toBe(true);
  });
});

describe('smartUpsert (RP-2)', () => {
  it('creates, then writes nothing when nothing differs', async () => {
    const entity = movie('film', { posterURL: 'p', mediaLastModified: NOW, captionURLs: {} });
    await expect(movies.smartUpsert(entity, null, { now: NOW, runId: RUN })).resolves.toMatchObject({
      outcome: 'created',
      changedFields: expect.arrayContaining(['originalTitle', 'posterURL', 'type']),
    });
    const stored = await movies.load('film');
    expect(stored).toMatchObject({
      ...entity,
      createdAt: NOW,
      updatedAt: NOW,
      lastSynced: NOW,
      syncRunId: RUN,
    });
    database.resetCommands();
    const again = await movies.smartUpsert(entity, stored, { now: LATER });
    expect(again).toEqual({ outcome: 'unchanged', changedFields: [] });
    expect(database.commands('update')).toEqual([]);
  });

  it('writes the difference, removes what is to be removed, and stamps (CL-7)', async () => {
    await movies.save(movie('film', { posterURL: 'old', logo: 'l', title: 'T' }), { now: NOW });
    const result = await movies.smartUpsert(
      { originalTitle: 'film', posterURL: 'new', title: 'T' },
      await movies.load('film'),
      { now: LATER, runId: RUN, unset: ['logo', 'backdrop'] },
    );
    expect(result).toEqual({ outcome: 'updated', changedFields: ['posterURL', 'logo'] });
    const stored = await movies.load('film');
    expect(stored).toMatchObject({ posterURL: 'new', createdAt: NOW, updatedAt: LATER, lastSynced: LATER });
    expect(stored).toMatchObject({ syncRunId: RUN });
    expect(stored).not.toHaveProperty('logo');
  });

  it('merges into a document that appeared since it was read, locks honoured', async () => {
    await movies.save(movie('film', { posterURL: 'theirs', logo: 'theirs', lockedFields: { logo: true } }));
    await films().updateOne({ originalTitle: 'film' }, { $set: { initialDiscoveryServer: 'theirs' } });
    const result = await movies.smartUpsert(
      { ...movie('film'), posterURL: 'ours', logo: 'ours', backdrop: 'ours', initialDiscoveryServer: 'ours' },
      null,
      { now: LATER },
    );
    expect(result.outcome).toBe('updated');
    await expect(movies.load('film')).resolves.toMatchObject({
      posterURL: 'ours',
      backdrop: 'ours',
      logo: 'theirs',
      initialDiscoveryServer: 'theirs',
    });
  });

  it('creates the document again that vanished since it was read', async () => {
    await movies.save(movie('film', { logo: 'l' }));
    const existing = await movies.load('film');
    await films().deleteMany({});
    const result = await movies.smartUpsert(movie('film', { logo: 'new' }), existing, { now: LATER });
    expect(result.outcome).toBe('created');
    await expect(movies.load('film')).resolves.toMatchObject({ logo: 'new', createdAt: LATER });
  });

  it('ends in one document when many create it at the same time', async () => {
    const repositories = Array.from({ length: 4 }, () => new MovieRepository(database.catalogue));
    const results = await Promise.all(
      repositories.flatMap((repository, i) =>
        ['posterURL', 'logo', 'backdrop'].map((field) =>
          repository.smartUpsert({ ...movie('film'), [field]: `${i}` }, null, { now: NOW }),
        ),
      ),
    );
    expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    const [stored, ...others] = await collect(movies.findAll());
    expect(others).toEqual([]);
    expect(stored).toMatchObject({
      posterURL: expect.any(String),
      logo: expect.any(String),
      backdrop: expect.any(String),
    });
  });

  it('refuses an entity without a folder name', async () => {
    await expect(movies.smartUpsert({ title: 'x' }, null, { now: NOW })).rejects.toMatchObject({
      code: 'DOCUMENT_INVALID',
    });
  });
});

describe('locks (RP-3)', () => {
  it('B-42: with metadata.overview locked the rest of metadata is updated, in place', async () => {
    await movies.save(
      movie('film', {
        metadata: { overview: 'mine', runtime: 90, tagline: 'gone' },
        lockedFields: { metadata: { overview: true } },
      }),
    );
    const wanted = movie('film', { metadata: { overview: 'theirs', runtime: 95, 'odd.key': 1 } });
    const result = await movies.smartUpsert(wanted, await movies.load('film'), { now: LATER });
    expect(result.changedFields).toEqual(['metadata']);
    const stored = await movies.load('film');
    expect(stored?.metadata).toEqual({ overview: 'mine', runtime: 95, 'odd.key': 1 });
    expect(planWrite({ ...stored }, { ...wanted }, [], stored?.lockedFields).changedFields).toEqual([]);
  });

  it('never removes a key with a locked sub-path', async () => {
    await movies.save(
      movie('film', { metadata: { overview: 'mine' }, lockedFields: { metadata: { overview: true } } }),
    );
    const result = await movies.smartUpsert({ originalTitle: 'film' }, await movies.load('film'), {
      now: LATER,
      unset: ['metadata'],
    });
    expect(result.outcome).toBe('unchanged');
  });
});
