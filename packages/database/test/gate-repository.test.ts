import { unitKey, type Unit } from '@reelsync/core';
import { GateRepository } from '@reelsync/database';
import { collect, useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
const movie = (title: string): Unit => ({ kind: 'movie', title });
const season: Unit = { kind: 'season', title: 'Show', season: 2 };

let gates: GateRepository;
beforeEach(async () => {
  await database.state.collection('gates').deleteMany({});
  gates = new GateRepository(database.state);
});

it('remembers what was applied, per unit', async () => {
  await gates.save(movie('a'), { fingerprint: 'f1', applied: { metadata: 'v1' }, at: at(0) });
  await gates.save(season, { fingerprint: 'f2', applied: {}, at: at(1) });
  await expect(gates.load(movie('a'))).resolves.toEqual({
    id: 'movie/a',
    kind: 'movie',
    title: 'a',
    fingerprint: 'f1',
    applied: { metadata: 'v1' },
    appliedAt: at(0),
  });
  await expect(gates.load(season)).resolves.toMatchObject({
    id: 'season/2/Show',
    season: 2,
    fingerprint: 'f2',
  });
  await expect(gates.load(movie('none'))).resolves.toBeNull();
  const many = await gates.loadMany([movie('a'), season, movie('none')]);
  expect([...many.keys()]).toEqual([unitKey(movie('a')), unitKey(season)]);
});

it('loads and saves of the same time are one command each', async () => {
  const units = Array.from({ length: 60 }, (_, i) => movie(`m${i}`));
  database.resetCommands();
  await Promise.all(units.map((unit) => gates.save(unit, { fingerprint: 'f', applied: {}, at: at(0) })));
  await Promise.all(units.map((unit) => gates.load(unit)));
  expect(database.commands('update', 'gates')).toHaveLength(1);
  expect(database.commands('find', 'gates')).toHaveLength(1);
});

it('a force request stays until the application that answers it (CD-5)', async () => {
  await gates.requestForce([movie('a'), season], at(0));
  await expect(gates.load(movie('a'))).resolves.toEqual({
    id: 'movie/a',
    kind: 'movie',
    title: 'a',
    applied: {},
    forceSince: at(0),
  });
  await gates.requestForce([movie('a')], at(10));
  await gates.save(movie('a'), { fingerprint: 'f', applied: {}, at: at(11), clearForce: at(0) });
  await expect(gates.load(movie('a'))).resolves.toMatchObject({ forceSince: at(10), fingerprint: 'f' });
  await gates.save(movie('a'), { fingerprint: 'f', applied: {}, at: at(12), clearForce: at(10) });
  await expect(gates.load(movie('a'))).resolves.not.toHaveProperty('forceSince');
  await expect(gates.load(season)).resolves.toMatchObject({ forceSince: at(0) });
});

it('operations that are forced alone have marks of their own, and no scan takes them for more (CD-5)', async () => {
  await gates.requestForce([movie('a')], at(0), ['metadata', 'assets']);
  await gates.requestForce([movie('a')], at(10), ['metadata']);
  await gates.clearForced(movie('a'), { metadata: at(0), assets: at(0) });
  await expect(gates.load(movie('a'))).resolves.toMatchObject({ forcedOperations: { metadata: at(10) } });
  const due: unknown[] = [];
  for await (const unit of gates.streamDue('movie', at(20))) due.push(unit);
  expect(due).toEqual([]);
  await gates.clearForced(movie('a'), { metadata: at(10) });
  await expect(gates.load(movie('a'))).resolves.toMatchObject({ forcedOperations: {} });
});

it('keeps failures with their number until the gate closes', async () => {
  const failure = { code: 'METADATA_INVALID', message: 'no JSON', at: at(0), retryAt: at(60) };
  await gates.recordFailure(movie('a'), failure);
  await expect(gates.load(movie('a'))).resolves.toMatchObject({ failure: { ...failure, attempts: 1 } });
  await gates.recordFailure(movie('a'), { code: 'OTHER', message: 'm', at: at(1) });
  await expect(gates.load(movie('a'))).resolves.toMatchObject({
    failure: { code: 'OTHER', message: 'm', at: at(1), attempts: 2 },
  });
  expect((await gates.load(movie('a')))?.failure).not.toHaveProperty('retryAt');
  await gates.saveApplied(movie('a'), { poster: 'v1' });
  await expect(gates.load(movie('a'))).resolves.toMatchObject({
    applied: { poster: 'v1' },
    failure: { attempts: 2 },
  });
  await gates.save(movie('a'), { fingerprint: 'f', applied: {}, at: at(2) });
  await expect(gates.load(movie('a'))).resolves.not.toHaveProperty('failure');
});

it('changes what is remembered of some files, beside others that do the same, and nothing else of the gate', async () => {
  await gates.changeApplied(movie('new'), { set: { metadata: 'v1' }, forgotten: ['logo'] });
  await expect(gates.load(movie('new'))).resolves.toEqual({
    id: 'movie/new',
    kind: 'movie',
    title: 'new',
    applied: { metadata: 'v1' },
  });
  const applied = { '1/metadata': 'v1', '2/metadata': 'v1', '3/metadata': 'v1' };
  await gates.save(season, { fingerprint: 'f', applied, at: at(0) });
  await Promise.all([
    gates.changeApplied(season, { set: { '1/metadata': 'v2' }, forgotten: [] }),
    gates.changeApplied(season, { set: {}, forgotten: ['3/metadata'] }),
  ]);
  await expect(gates.load(season)).resolves.toMatchObject({
    fingerprint: 'f',
    applied: { '1/metadata': 'v2', '2/metadata': 'v1' },
    appliedAt: at(0),
  });
});

it('streams the units that are due, sorted, each once', async () => {
  const failure = { code: 'METADATA_INVALID', message: 'm', at: at(0) };
  await gates.recordFailure(movie('over'), { ...failure, retryAt: at(60) });
  await gates.recordFailure(movie('waiting'), { ...failure, retryAt: at(61) });
  await gates.recordFailure(movie('hopeless'), failure);
  await gates.recordFailure(movie('both'), { ...failure, retryAt: at(1) });
  await gates.requestForce([movie('both'), movie('forced'), season, { ...season, season: 3 }], at(0));
  await gates.save(movie('fine'), { fingerprint: 'f', applied: {}, at: at(0) });
  await expect(collect(gates.streamDue('movie', at(60)))).resolves.toEqual(
    ['both', 'forced', 'over'].map(movie),
  );
  await expect(collect(gates.streamDue('season', at(60)))).resolves.toEqual([
    season,
    { ...season, season: 3 },
  ]);
});

it('finds the children of a show that are due, and of one season', async () => {
  const child = (kind: 'season' | 'episodes', number: number, title = 'Show'): Unit => ({
    kind,
    title,
    season: number,
  });
  const failure = { code: 'METADATA_INVALID', message: 'm', at: at(0), retryAt: at(60) };
  await gates.requestForce([child('episodes', 1), child('season', 1), child('episodes', 1, 'Other')], at(0));
  await gates.recordFailure(child('episodes', 1), failure);
  await gates.recordFailure(child('episodes', 2), failure);
  await gates.save(child('episodes', 3), { fingerprint: 'f', applied: {}, at: at(0) });
  // A forced unit that failed for good waits like any other.
  await expect(gates.findDueChildren(['Show'], at(59))).resolves.toEqual([child('season', 1)]);
  const due = await gates.findDueChildren(['Show', 'None'], at(60));
  expect(new Set(due)).toEqual(new Set([child('season', 1), child('episodes', 1), child('episodes', 2)]));
  expect(due).toHaveLength(3);
  await expect(gates.findDueChildren(['Show', 'Other'], at(60))).resolves.toHaveLength(4);
  await expect(gates.findDueChildren(['None'], at(60))).resolves.toEqual([]);
});
