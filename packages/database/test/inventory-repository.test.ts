import * as fc from 'fast-check';
import type { MovieRecord } from '@reelsync/core';
import { InventoryRepository, type InventoryEntry } from '@reelsync/database';
import { collect, useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
const record = (path: string): MovieRecord => ({ images: { poster: { path } }, captions: [] });
const change = (title: string, digest: string, serverHash?: string) => ({
  title,
  digest,
  record: record(digest),
  ...(serverHash === undefined ? {} : { serverHash }),
});

let inventory: InventoryRepository;
beforeEach(async () => {
  await database.state.collection('inventory').deleteMany({});
  inventory = new InventoryRepository(database.state);
});

const load = (title: string) => inventory.load<MovieRecord>('movie', title);

it('stores changes with revisions and tells digests', async () => {
  await inventory.applyChanges('movie', 's1', [change('a', 'd1', 'h1'), change('b', 'd1')], at(0));
  await inventory.applyChanges('movie', 's1', [change('a', 'd2')], at(5));
  const digests = await inventory.findDigests('movie', 's1', ['a', 'b', 'c']);
  expect(Object.fromEntries(digests)).toEqual({
    // The hash described the earlier record.
    a: { digest: 'd2', missing: false },
    b: { digest: 'd1', missing: false },
  });
  await expect(load('a')).resolves.toEqual([
    {
      id: 'movie/s1/a',
      kind: 'movie',
      serverId: 's1',
      title: 'a',
      digest: 'd2',
      record: record('d2'),
      revision: 2,
      firstSeenAt: at(0),
      changedAt: at(5),
      pendingSince: at(0),
    },
  ]);
  await expect(inventory.findDigests('movie', 's2', ['a'])).resolves.toEqual(new Map());
  await expect(inventory.findDigests('show', 's1', ['a'])).resolves.toEqual(new Map());
});

it('keeps missing titles, marks them once, and un-marks them when they return (CL-2)', async () => {
  await inventory.applyChanges('movie', 's1', [change('a', 'd1'), change('b', 'd1')], at(0));
  await inventory.clearPending([...(await load('a')), ...(await load('b'))]);
  await inventory.markMissing('movie', 's1', ['a', 'unknown'], at(10));
  await inventory.markMissing('movie', 's1', ['a'], at(20));
  await expect(load('a')).resolves.toMatchObject([
    { missingSince: at(10), changedAt: at(10), revision: 2, pendingSince: at(10) },
  ]);
  await expect(collect(inventory.streamPresentTitles('movie', 's1'))).resolves.toEqual(['b']);
  expect((await inventory.findDigests('movie', 's1', ['a'])).get('a')).toEqual({
    digest: 'd1',
    missing: true,
  });
  await expect(collect(inventory.streamTitles('movie', { missing: true }))).resolves.toEqual(['a']);
  await inventory.applyChanges('movie', 's1', [change('a', 'd1')], at(30));
  const [returned] = await load('a');
  expect(returned).toMatchObject({ revision: 3, firstSeenAt: at(0), pendingSince: at(10) });
  expect(returned).not.toHaveProperty('missingSince');
});

it('loads what all servers hold of many titles with one query', async () => {
  for (const serverId of ['s2', 's1']) {
    await inventory.applyChanges('movie', serverId, [change('a', 'd1'), change('100% Wolf', 'd1')], at(0));
  }
  await inventory.markMissing('movie', 's2', ['a'], at(1));
  database.resetCommands();
  const loaded = await Promise.all(['a', '100% Wolf', 'none', 'a'].map(load));
  expect(loaded.map((entries) => entries.map(({ id }) => id))).toEqual([
    ['movie/s1/a', 'movie/s2/a'],
    ['movie/s1/100% Wolf', 'movie/s2/100% Wolf'],
    [],
    ['movie/s1/a', 'movie/s2/a'],
  ]);
  expect(database.commands('find', 'inventory')).toHaveLength(1);
  await expect(inventory.findKnown('movie', ['a', 'none'])).resolves.toEqual(new Set(['a']));
});

it('streams titles sorted by code point, each once, over several batches', async () => {
  const titles = Array.from({ length: 1_100 }, (_, i) => `t${String(i).padStart(4, '0')}`);
  for (const serverId of ['s1', 's2']) {
    await inventory.applyChanges(
      'movie',
      serverId,
      titles.map((title) => change(title, 'd')).reverse(),
      at(0),
    );
  }
  await inventory.applyChanges('movie', 's3', [change('\u{1F600}', 'd'), change('\uFF5E', 'd')], at(0));
  await expect(collect(inventory.streamTitles('movie', { serverIds: ['s1', 's2'] }))).resolves.toEqual(
    titles,
  );
  await expect(collect(inventory.streamTitles('movie', { serverIds: ['s3'] }))).resolves.toEqual([
    '\uFF5E',
    '\u{1F600}',
  ]);
  await expect(collect(inventory.streamPendingTitles('movie'))).resolves.toHaveLength(1_102);
  await expect(inventory.countByServer('movie')).resolves.toEqual([
    { serverId: 's1', present: 1_100, missing: 0, pending: 1_100 },
    { serverId: 's2', present: 1_100, missing: 0, pending: 1_100 },
    { serverId: 's3', present: 2, missing: 0, pending: 2 },
  ]);
});

it('counts by server what is present, missing and pending', async () => {
  await inventory.applyChanges('movie', 's1', [change('a', 'd'), change('b', 'd')], at(0));
  await inventory.clearPending([...(await load('a')), ...(await load('b'))]);
  await inventory.markMissing('movie', 's1', ['b'], at(1));
  await expect(inventory.countByServer()).resolves.toEqual([
    { serverId: 's1', present: 1, missing: 1, pending: 1 },
  ]);
});

it('clears many pending marks with one command', async () => {
  await inventory.applyChanges(
    'movie',
    's1',
    ['a', 'b', 'c'].map((title) => change(title, 'd')),
    at(0),
  );
  const entries = await Promise.all(['a', 'b', 'c'].map(load));
  database.resetCommands();
  await Promise.all(entries.map((entry) => inventory.clearPending(entry)));
  expect(database.commands('update', 'inventory')).toHaveLength(1);
  await expect(collect(inventory.streamPendingTitles('movie'))).resolves.toEqual([]);
});

it('marks everything as pending again; a job under the old circumstances cannot clear that', async () => {
  await inventory.applyChanges('movie', 's1', [change('a', 'd')], at(0));
  const before = await load('a');
  await inventory.markAllPending('movie', at(1));
  await inventory.clearPending(before);
  await expect(collect(inventory.streamPendingTitles('movie'))).resolves.toEqual(['a']);
});

type Step = 'change' | 'vanish' | 'read' | 'apply';

/** Whatever the order of changes, reads and applications: no change is ever lost, and nothing stays pending for nothing. */
it('a record is pending exactly while its revision has not been applied (property)', async () => {
  const history = fc.array(fc.constantFrom<Step>('change', 'vanish', 'read', 'apply'), { maxLength: 14 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const title = `film ${(run += 1)}`;
      let read: InventoryEntry[] = [];
      let applied = 0;
      for (const [i, step] of steps.entries()) {
        if (step === 'change') await inventory.applyChanges('movie', 's1', [change(title, `d${i}`)], at(i));
        if (step === 'vanish') await inventory.markMissing('movie', 's1', [title], at(i));
        if (step === 'read') read = await load(title);
        if (step === 'apply') {
          await inventory.clearPending(read);
          applied = Math.max(applied, read[0]?.revision ?? 0);
        }
        const [entry] = await load(title);
        expect(entry?.pendingSince !== undefined).toBe((entry?.revision ?? 0) > applied);
      }
    }),
    { numRuns: 40 },
  );
});
