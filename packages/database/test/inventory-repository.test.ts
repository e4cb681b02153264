import * as fc from 'fast-check';
import { unitKey, type MovieRecord, type Unit } from '@reelsync/core';
import { InventoryRepository, type InventoryEntry } from '@reelsync/database';
import { collect, useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
const movie = (title: string): Unit => ({ kind: 'movie', title });
const show = (title: string): Unit => ({ kind: 'show', title });
const season = (title: string, number: number): Unit => ({ kind: 'season', title, season: number });
const episodes = (title: string, number: number): Unit => ({ kind: 'episodes', title, season: number });
const record = (path: string): MovieRecord => ({ images: { poster: { path } }, captions: [] });
const change = (unit: Unit, digest = 'd1', hashes: { serverHash?: string; contentHash?: string } = {}) => ({
  unit,
  digest,
  record: record(digest),
  ...hashes,
});

let inventory: InventoryRepository;
beforeEach(async () => {
  await database.state.collection('inventory').deleteMany({});
  inventory = new InventoryRepository(database.state);
});

const load = (unit: Unit) => inventory.load<MovieRecord>(unit);
const apply = (serverId: string, units: readonly Unit[], seconds = 0) =>
  inventory.applyChanges(
    serverId,
    units.map((unit) => change(unit)),
    at(seconds),
    1,
  );

it('stores everything but the record that MongoDB cannot hold, and says which that is', async () => {
  const odd = { ...change(movie('b')), record: { 'a\0b': 1 } };
  const refused = await inventory.applyChanges('s1', [change(movie('a')), odd, change(movie('c'))], at(0), 1);
  expect(refused).toMatchObject([{ unit: movie('b'), error: { code: 'DOCUMENT_INVALID' } }]);
  const digests = await inventory.findDigests('s1', [movie('a'), movie('b'), movie('c')]);
  expect([...digests.keys()].sort()).toEqual(['movie/a', 'movie/c']);
});

it('stores changes with revisions and tells digests', async () => {
  const hashes = { serverHash: 'h1', contentHash: 'c1' };
  await inventory.applyChanges(
    's1',
    [change(movie('a'), 'd1', hashes), change(show('a'), 'd1', hashes)],
    at(0),
    1,
  );
  await inventory.applyChanges('s1', [change(movie('a'), 'd2')], at(5), 1);
  const digests = await inventory.findDigests('s1', [movie('a'), show('a'), season('a', 1), movie('c')]);
  expect(Object.fromEntries(digests)).toEqual({
    // The hashes described the earlier record.
    'movie/a': { digest: 'd2', missing: false },
    'show/a': { digest: 'd1', missing: false, ...hashes },
  });
  await expect(load(movie('a'))).resolves.toEqual([
    {
      id: 's1/movie/a',
      unit: movie('a'),
      serverId: 's1',
      digest: 'd2',
      record: record('d2'),
      revision: 2,
      firstSeenAt: at(0),
      changedAt: at(5),
      pendingSince: at(0),
    },
  ]);
  await expect(load(show('a'))).resolves.toMatchObject([hashes]);
  await expect(inventory.findDigests('s2', [movie('a')])).resolves.toEqual(new Map());
});

it('B-41: the records of one show change apart from each other', async () => {
  const units = [show('S'), season('S', 1), episodes('S', 1), season('S', 0), episodes('S', 0)];
  await apply('s1', units);
  const loaded = await Promise.all(units.map(load));
  await inventory.clearPending(loaded.flat());
  await inventory.applyChanges('s1', [change(season('S', 1), 'new poster')], at(1), 1);
  const pending = await Promise.all(
    (['show', 'season', 'episodes'] as const).map((kind) => collect(inventory.streamPending(kind))),
  );
  expect(pending).toEqual([[], [season('S', 1)], []]);
  await expect(load(season('S', 1))).resolves.toMatchObject([
    { id: 's1/season/1/S', unit: season('S', 1), digest: 'new poster', revision: 2 },
  ]);
});

it('keeps missing units, marks them once, and un-marks them when they return (CL-2)', async () => {
  await apply('s1', [movie('a'), movie('b')]);
  await inventory.clearPending([...(await load(movie('a'))), ...(await load(movie('b')))]);
  await inventory.markMissing('s1', [movie('a'), movie('unknown'), show('b')], at(10), 1);
  await inventory.markMissing('s1', [movie('a')], at(20), 1);
  await expect(load(movie('a'))).resolves.toMatchObject([
    { missingSince: at(10), changedAt: at(10), revision: 2, pendingSince: at(10) },
  ]);
  await expect(collect(inventory.streamPresent('s1', ['movie']))).resolves.toEqual([movie('b')]);
  expect((await inventory.findDigests('s1', [movie('a')])).get('movie/a')).toEqual({
    digest: 'd1',
    missing: true,
  });
  await expect(collect(inventory.streamUnits('movie', { missing: true }))).resolves.toEqual([movie('a')]);
  await apply('s1', [movie('a')], 30);
  const [returned] = await load(movie('a'));
  expect(returned).toMatchObject({ revision: 3, firstSeenAt: at(0), pendingSince: at(10) });
  expect(returned).not.toHaveProperty('missingSince');
});

it('a season that a server no longer lists is missing with its episodes; the rest stays', async () => {
  const gone = [season('S', 2), episodes('S', 2)];
  await apply('s1', [movie('S'), show('S'), season('S', 1), episodes('S', 1), ...gone]);
  await apply('s2', gone);
  await inventory.markMissing('s1', gone, at(1), 1);
  const present = await collect(inventory.streamPresent('s1', ['show', 'season', 'episodes']));
  expect(present.map(unitKey).sort()).toEqual(['episodes/1/S', 'season/1/S', 'show/S']);
  const entries = await load(season('S', 2));
  expect(entries.map(({ serverId, missingSince }) => [serverId, missingSince])).toEqual([
    ['s1', at(1)],
    ['s2', undefined],
  ]);
});

it('loads what all servers hold of many units of all kinds with one query', async () => {
  for (const serverId of ['s2', 's1']) {
    await apply(serverId, [movie('a'), movie('100% Wolf'), show('a'), season('a', 1), season('a', 11)]);
  }
  await inventory.markMissing('s2', [movie('a')], at(1), 1);
  database.resetCommands();
  const wanted = [
    movie('a'),
    movie('100% Wolf'),
    movie('none'),
    movie('a'),
    season('a', 1),
    episodes('a', 1),
  ];
  const loaded = await Promise.all(wanted.map(load));
  expect(loaded.map((entries) => entries.map(({ id }) => id))).toEqual([
    ['s1/movie/a', 's2/movie/a'],
    ['s1/movie/100% Wolf', 's2/movie/100% Wolf'],
    [],
    ['s1/movie/a', 's2/movie/a'],
    ['s1/season/1/a', 's2/season/1/a'],
    [],
  ]);
  expect(database.commands('find', 'inventory')).toHaveLength(1);
  await expect(inventory.findKnown('movie', ['a', 'none'])).resolves.toEqual(new Set(['a']));
  await expect(inventory.findKnown('season', ['a', '100% Wolf'])).resolves.toEqual(new Set(['a']));
});

it('streams units sorted by code point, each once, over several batches', async () => {
  const titles = Array.from({ length: 1_100 }, (_, i) => `t${String(i).padStart(4, '0')}`);
  for (const serverId of ['s1', 's2']) await apply(serverId, titles.map(movie).reverse());
  await apply('s3', [movie('\u{1F600}'), movie('\uFF5E')]);
  await expect(collect(inventory.streamUnits('movie', { serverIds: ['s1', 's2'] }))).resolves.toEqual(
    titles.map(movie),
  );
  await expect(collect(inventory.streamUnits('movie', { serverIds: ['s3'] }))).resolves.toEqual([
    movie('\uFF5E'),
    movie('\u{1F600}'),
  ]);
  await expect(collect(inventory.streamPending('movie'))).resolves.toHaveLength(1_102);
  await expect(inventory.countUnits('movie')).resolves.toBe(1_102);
  await expect(inventory.countUnits('show')).resolves.toBe(0);
  await expect(inventory.countByServer('movie')).resolves.toEqual([
    { serverId: 's1', present: 1_100, missing: 0, pending: 1_100 },
    { serverId: 's2', present: 1_100, missing: 0, pending: 1_100 },
    { serverId: 's3', present: 2, missing: 0, pending: 2 },
  ]);
});

it('streams seasons by title, then by number', async () => {
  const units = [season('B', 1), season('A', 10), season('A', 2), season('A', 0)];
  await apply('s1', units);
  await apply('s2', [season('A', 2), episodes('A', 3)]);
  await expect(collect(inventory.streamUnits('season'))).resolves.toEqual([
    season('A', 0),
    season('A', 2),
    season('A', 10),
    season('B', 1),
  ]);
});

it('finds the pending children of some shows, each once', async () => {
  const units = [season('S', 1), season('S', 2), episodes('S', 1), episodes('S', 2)];
  await apply('s1', [show('S'), ...units, season('Other', 1), episodes('Other', 1)]);
  await apply('s2', [season('S', 1)]);
  await inventory.clearPending(await load(episodes('S', 2)));
  const ofS = await inventory.findPendingChildren(['S', 'Nobody']);
  expect(new Set(ofS)).toEqual(new Set([season('S', 1), season('S', 2), episodes('S', 1)]));
  expect(ofS).toHaveLength(3);
  await expect(inventory.findPendingChildren(['S', 'Other'])).resolves.toHaveLength(5);
  await expect(inventory.findPendingChildren([])).resolves.toEqual([]);
});

it('marks the children of a changed show as pending, and nothing else', async () => {
  const units = [show('S'), season('S', 1), episodes('S', 1), season('Other', 1), movie('S')];
  await apply('s1', units);
  const before = (await Promise.all(units.map(load))).flat();
  await inventory.clearPending(before);
  await inventory.markChildrenPending('S', at(9));
  // A job that read before the mark cannot clear it.
  await inventory.clearPending(before);
  const after = (await Promise.all(units.map(load))).flat();
  expect(after.map(({ pendingSince }) => pendingSince)).toEqual([
    undefined,
    at(9),
    at(9),
    undefined,
    undefined,
  ]);
  expect(after[1]).toMatchObject({ digest: 'd1', changedAt: at(0), revision: 2 });
  await inventory.markEpisodesPending('S', 1, at(10));
  const revisions = (await Promise.all(units.map(load))).flat().map(({ revision }) => revision);
  expect(revisions).toEqual(after.map(({ revision }, index) => (index === 2 ? revision + 1 : revision)));
});

it('counts by server what is present, missing and pending, per kind', async () => {
  await apply('s1', [movie('a'), movie('b'), show('a')]);
  await inventory.clearPending([...(await load(movie('a'))), ...(await load(movie('b')))]);
  await inventory.markMissing('s1', [movie('b')], at(1), 1);
  await expect(inventory.countByServer()).resolves.toEqual([
    { serverId: 's1', present: 1, missing: 1, pending: 1 },
  ]);
  await expect(inventory.countByServer('show')).resolves.toEqual([
    { serverId: 's1', present: 1, missing: 0, pending: 1 },
  ]);
});

it('clears many pending marks with one command', async () => {
  const units = ['a', 'b', 'c'].map(movie);
  await apply('s1', units);
  const entries = await Promise.all(units.map(load));
  database.resetCommands();
  await Promise.all(entries.map((entry) => inventory.clearPending(entry)));
  expect(database.commands('update', 'inventory')).toHaveLength(1);
  await expect(collect(inventory.streamPending('movie'))).resolves.toEqual([]);
});

it('marks everything as pending again; a job under the old circumstances cannot clear that', async () => {
  await apply('s1', [movie('a'), show('a')]);
  const before = [...(await load(movie('a'))), ...(await load(show('a')))];
  await inventory.markAllPending(['movie'], at(1));
  await inventory.clearPending(before);
  await expect(collect(inventory.streamPending('movie'))).resolves.toEqual([movie('a')]);
  await expect(collect(inventory.streamPending('show'))).resolves.toEqual([]);
});

type Step = 'change' | 'vanish' | 'parent' | 'read' | 'apply';

/** Whatever the order of changes, reads and applications: no change is ever lost, and nothing stays pending for nothing. */
it('a record is pending exactly while its revision has not been applied (property)', async () => {
  const history = fc.array(fc.constantFrom<Step>('change', 'vanish', 'parent', 'read', 'apply'), {
    maxLength: 14,
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const title = `show ${(run += 1)}`;
      const unit = season(title, 1);
      let read: InventoryEntry[] = [];
      let applied = 0;
      for (const [i, step] of steps.entries()) {
        if (step === 'change') await inventory.applyChanges('s1', [change(unit, `d${i}`)], at(i), 1);
        if (step === 'vanish') await inventory.markMissing('s1', [unit], at(i), 1);
        if (step === 'parent') await inventory.markChildrenPending(title, at(i));
        if (step === 'read') read = await load(unit);
        if (step === 'apply') {
          await inventory.clearPending(read);
          applied = Math.max(applied, read[0]?.revision ?? 0);
        }
        const [entry] = await load(unit);
        expect(entry?.pendingSince !== undefined).toBe((entry?.revision ?? 0) > applied);
      }
    }),
    { numRuns: 40 },
  );
});

it('OR-1: a scan that was paused cannot write over what a newer scan has written', async () => {
  await inventory.applyChanges('s1', [change(movie('a'), 'd1'), change(movie('b'), 'd1')], at(0), 4);
  await inventory.applyChanges('s1', [change(movie('a'), 'd2')], at(5), 5);
  await expect(
    inventory.applyChanges('s1', [change(movie('a'), 'old'), change(movie('new'))], at(9), 4),
  ).rejects.toMatchObject({ code: 'LEASE_LOST' });
  await inventory.markMissing('s1', [movie('a'), movie('b')], at(9), 4);
  expect(Object.fromEntries(await inventory.findDigests('s1', [movie('a'), movie('b')]))).toEqual({
    'movie/a': { digest: 'd2', missing: false },
    'movie/b': { digest: 'd1', missing: true },
  });
});
