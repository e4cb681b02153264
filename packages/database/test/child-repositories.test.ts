import type { ObjectId } from 'mongodb';
import type { EpisodeDocument, SeasonDocument } from '@reelsync/core';
import { EpisodeRepository, SeasonRepository, type ChildRepository } from '@reelsync/database';
import { NOW } from './support/movies';
import { collect, useTestDatabase } from './support/test-database';
import { episode, LOST, OFFICE_UK, OFFICE_US, season } from './support/tv';

const database = useTestDatabase();
const LATER = new Date(NOW.getTime() + 60_000);
const RUN = '0123456789abcdef01234567';
const now = () => NOW;

type Child = (showId: ObjectId, seasonNumber: number, fields?: object) => Readonly<Record<string, unknown>>;

/** What holds for seasons and episodes alike. */
function behavesAsChildren<T extends SeasonDocument<ObjectId> | EpisodeDocument<ObjectId>, K>(
  collection: string,
  open: () => ChildRepository<T, K>,
  child: Child,
): void {
  const stored = () => database.catalogue.collection(collection);
  const ids = async (showId: ObjectId) => (await collect(open().findByShow(showId))).map(({ _id }) => _id);

  beforeAll(() => open().createIndexes());
  beforeEach(() => stored().deleteMany({}));

  it('DM-2: refuses a child without a show or number, on every path', async () => {
    const repository = open();
    const good: Record<string, unknown> = { ...child(LOST, 1) };
    const broken = [
      { ...good, showId: undefined },
      // Would be stored as text, which no reader finds.
      { ...good, showId: LOST.toHexString() },
      { ...good, seasonNumber: -1 },
      { ...good, seasonNumber: 1.5 },
      { ...good, seasonNumber: '1' },
    ];
    for (const entity of broken) {
      const refused = { code: 'DOCUMENT_INVALID', message: expect.stringContaining('showId') };
      await expect(repository.smartUpsert(entity, null, { now: NOW })).rejects.toMatchObject(refused);
      await expect(repository.save(entity)).rejects.toMatchObject(refused);
      await expect(repository.upsert(entity)).rejects.toMatchObject(refused);
    }
    await expect(repository.count()).resolves.toBe(0);
  });

  it('B-12: two shows with one display title never mix', async () => {
    const repository = open();
    await repository.smartUpsert(child(OFFICE_UK, 1, { title: 'uk' }), null, { now: NOW });
    await repository.smartUpsert(child(OFFICE_US, 1, { title: 'us' }), null, { now: NOW });
    const found = await Promise.all([OFFICE_UK, OFFICE_US].map((id) => collect(repository.findByShow(id))));
    expect(found.map((children) => children.map(({ title }) => title))).toEqual([['uk'], ['us']]);
    await repository.renameShow(OFFICE_UK, 'The Office (UK)');
    await repository.deleteByShow(OFFICE_UK);
    await expect(collect(repository.findAll())).resolves.toMatchObject([
      { title: 'us', showTitle: 'The Office' },
    ]);
  });

  it('creates once, then writes nothing when nothing differs; specials are season 0', async () => {
    const repository = open();
    await expect(
      repository.smartUpsert(child(LOST, 0), null, { now: NOW, runId: RUN }),
    ).resolves.toMatchObject({
      outcome: 'created',
      changedFields: expect.arrayContaining(['showId', 'seasonNumber', 'title']),
    });
    const [document] = await collect(repository.findByShow(LOST));
    expect(document).toMatchObject({ ...child(LOST, 0), createdAt: NOW, updatedAt: NOW, syncRunId: RUN });
    database.resetCommands();
    await expect(repository.smartUpsert(child(LOST, 0), document ?? null, { now: LATER })).resolves.toEqual({
      outcome: 'unchanged',
      changedFields: [],
    });
    expect(database.commands('update')).toEqual([]);
  });

  it('B-3: a renamed show cascades in one write; ids stay and the next run is a no-op', async () => {
    const repository = open();
    for (const number of [0, 1, 2]) await repository.save(child(LOST, number));
    await repository.save(child(OFFICE_UK, 1));
    const before = await ids(LOST);
    database.resetCommands();
    await expect(repository.renameShow(LOST, 'Lost!', { now: LATER, runId: RUN })).resolves.toBe(3);
    expect(database.commands('update', collection)).toHaveLength(1);
    await expect(ids(LOST)).resolves.toEqual(before);
    const renamed = await collect(repository.findByShow(LOST));
    for (const document of renamed) {
      expect(document).toMatchObject({
        showTitle: 'Lost!',
        lastSynced: LATER,
        updatedAt: LATER,
        syncRunId: RUN,
      });
    }
    // After a crash it happens again.
    await expect(repository.renameShow(LOST, 'Lost!', { now: LATER })).resolves.toBe(0);
    const again = await repository.smartUpsert(child(LOST, 1, { showTitle: 'Lost!' }), renamed[1] ?? null, {
      now: LATER,
    });
    expect(again.outcome).toBe('unchanged');
    await expect(repository.count({ showTitle: 'The Office' })).resolves.toBe(1);
  });

  it('a rename leaves a locked show title alone', async () => {
    const repository = open();
    await repository.save(child(LOST, 1, { showTitle: 'Mine', lockedFields: { showTitle: true } }));
    await repository.save(child(LOST, 2, { lockedFields: { title: true } }));
    await expect(repository.renameShow(LOST, 'Theirs')).resolves.toBe(1);
    const titles = (await collect(repository.findByShow(LOST))).map(({ showTitle }) => showTitle);
    expect(titles).toEqual(['Mine', 'Theirs']);
  });

  it('B-25: edits that arrive together with a rename reach the same document and keep its fields', async () => {
    const repository = open();
    await repository.save(child(LOST, 1, { overview: 'kept', metadata: { name: 'kept' } }));
    const [before] = await collect(repository.findByShow(LOST));
    await repository.renameShow(LOST, 'Renamed');
    // Read before the rename: what differs is written, nothing is created or dropped.
    const result = await repository.smartUpsert(
      child(LOST, 1, { showTitle: 'Renamed', title: 'new title' }),
      before ?? null,
      { now: LATER },
    );
    expect(result.outcome).toBe('updated');
    const after = await collect(repository.findByShow(LOST));
    expect(after).toMatchObject([
      {
        _id: before?._id,
        showTitle: 'Renamed',
        title: 'new title',
        overview: 'kept',
        metadata: { name: 'kept' },
      },
    ]);
  });

  it('RP-2: merges into a child that appeared since it was read, locks honoured', async () => {
    const repository = open();
    await repository.save(
      child(LOST, 1, { overview: 'theirs', rating: 1, lockedFields: { overview: true } }),
    );
    const result = await repository.smartUpsert(child(LOST, 1, { overview: 'ours', rating: 2 }), null, {
      now: LATER,
    });
    expect(result).toEqual({ outcome: 'updated', changedFields: ['rating'] });
    await expect(collect(repository.findAll())).resolves.toMatchObject([{ overview: 'theirs', rating: 2 }]);
  });

  it('RP-2: creates the child again that vanished since it was read', async () => {
    const repository = open();
    await repository.save(child(LOST, 1));
    const [before] = await collect(repository.findByShow(LOST));
    await stored().deleteMany({});
    const result = await repository.smartUpsert(child(LOST, 1, { rating: 2 }), before ?? null, {
      now: LATER,
    });
    expect(result.outcome).toBe('created');
    await expect(collect(repository.findAll())).resolves.toMatchObject([{ rating: 2, createdAt: LATER }]);
  });

  it('DM-1: ends in one document when many create it at the same time', async () => {
    const results = await Promise.all(
      Array.from({ length: 4 }, () => open()).flatMap((repository, i) =>
        ['overview', 'posterPath', 'titleSource'].map((field) =>
          repository.smartUpsert({ ...child(LOST, 1), [field]: `${i}` }, null, { now: NOW }),
        ),
      ),
    );
    expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    await expect(stored().find().toArray()).resolves.toMatchObject([
      { overview: expect.any(String), posterPath: expect.any(String), titleSource: expect.any(String) },
    ]);
  });

  it('CL-8: deletes the children of a show except what is locked or entered by hand', async () => {
    const repository = open();
    await repository.save(child(LOST, 1));
    await repository.save(child(LOST, 2, { lockedFields: { metadata: { overview: true } } }));
    await repository.save(child(LOST, 3, { manualEntry: true }));
    await repository.save(child(LOST, 4, { lockedFields: {} }));
    await repository.save(child(OFFICE_UK, 1));
    const { deleted, kept } = await repository.deleteByShow(LOST);
    expect(deleted).toMatchObject([
      { showId: LOST, seasonNumber: 1 },
      { showId: LOST, seasonNumber: 4 },
    ]);
    expect(kept).toMatchObject([
      { key: { showId: LOST, seasonNumber: 2 }, reason: 'locked' },
      { key: { showId: LOST, seasonNumber: 3 }, reason: 'manual-entry' },
    ]);
    await expect(repository.count()).resolves.toBe(3);
    await expect(repository.deleteByShow(LOST)).resolves.toMatchObject({ deleted: [] });
  });

  it('leaves alone what has no proper key, and never answers with it', async () => {
    const repository = open();
    await stored().insertOne({ showId: LOST, seasonNumber: 'one', showTitle: 'Lost' });
    await expect(repository.deleteByShow(LOST)).resolves.toEqual({ deleted: [], kept: [] });
    await expect(repository.count()).resolves.toBe(1);
  });
}

describe('FlatSeasons', () => {
  behavesAsChildren(
    'FlatSeasons',
    () => new SeasonRepository(database.catalogue, { now }),
    (showId, seasonNumber, fields) => ({ ...season(showId, seasonNumber), ...fields }),
  );
});

describe('FlatEpisodes', () => {
  behavesAsChildren(
    'FlatEpisodes',
    () => new EpisodeRepository(database.catalogue, { now }),
    (showId, seasonNumber, fields) => ({ ...episode(showId, seasonNumber, 1), ...fields }),
  );
});
