import { unitKey, type Narrowing, type Unit, type UnitOutcome } from '@reelsync/core';
import {
  RunRepository,
  RunUnits,
  type RunCounts,
  type RunScope,
  type RunServer,
  type UnitEnding,
} from '@reelsync/database';
import { collect, useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
const SCOPE: RunScope = { kind: 'titles', domain: 'movies', force: false };
const movie = (title: string): Unit => ({ kind: 'movie', title });

let runs: RunRepository;
beforeEach(async () => {
  await database.state.collection('runs').deleteMany({});
  await database.state.collection('runUnits').deleteMany({});
  runs = new RunRepository(database.state);
});

const start = (seconds = 0) => runs.create({ trigger: 'cli', scope: SCOPE, startedAt: at(seconds) });
/** As a job ends that begins now and takes no time. */
const finish = async (
  unit: Unit | string,
  outcome: UnitOutcome,
  { narrowing, runIds, ...more }: Partial<Omit<UnitEnding, 'unit'>> & { readonly narrowing?: Narrowing } = {},
) => {
  const job = typeof unit === 'string' ? movie(unit) : unit;
  const waiting = runIds ?? (await new RunUnits(database.state).awaiting(job, narrowing));
  await runs.finishUnit({ unit: job, runIds: waiting, outcome, finishedAt: at(60), ...more });
};
const NONE: RunCounts = {
  planned: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  failed: 0,
  merged: 0,
};
const scan: RunServer = {
  serverId: 's1',
  status: 'changed',
  titles: 3,
  changed: 3,
  vanished: 0,
  problems: [],
  problemCount: 0,
  bytes: 100,
  durationMs: 5,
};

it('creates a run once, also when its job is retried', async () => {
  const id = await runs.create({
    trigger: 'webhook',
    scope: SCOPE,
    requester: 'me',
    startedAt: at(0),
  });
  expect(id).toMatch(/^[0-9a-f]{24}$/);
  await runs.plan(id, [movie('a')], at(1));
  await expect(runs.create({ id, trigger: 'webhook', scope: SCOPE, startedAt: at(9) })).resolves.toBe(id);
  await expect(runs.get(id)).resolves.toEqual({
    id,
    trigger: 'webhook',
    scope: SCOPE,
    requester: 'me',
    status: 'running',
    startedAt: at(0),
    planningDone: false,
    counts: { ...NONE, planned: 1 },
    countsByKind: { movie: { ...NONE, planned: 1 }, show: NONE, season: NONE, episodes: NONE },
    servers: [],
  });
  await expect(runs.get('f'.repeat(24))).resolves.toBeNull();
});

it('counts by kind as well, the same before and after the run has ended', async () => {
  const id = await start();
  const units: Unit[] = [
    movie('a'),
    { kind: 'show', title: 'a' },
    { kind: 'season', title: 'a', season: 1 },
    { kind: 'episodes', title: 'a', season: 1 },
    { kind: 'episodes', title: 'a', season: 2 },
  ];
  await runs.plan(id, units, at(1));
  for (const [index, outcome] of (['updated', 'created', 'created', 'failed', 'created'] as const).entries())
    await finish(units[index]!, outcome);
  const expected = {
    counts: { ...NONE, planned: 5, created: 3, updated: 1, failed: 1 },
    countsByKind: {
      movie: { ...NONE, planned: 1, updated: 1 },
      show: { ...NONE, planned: 1, created: 1 },
      season: { ...NONE, planned: 1, created: 1 },
      episodes: { ...NONE, planned: 2, created: 1, failed: 1 },
    },
  };
  await expect(runs.get(id)).resolves.toMatchObject(expected);
  await runs.donePlanning(id);
  await expect(runs.settle(at(70))).resolves.toMatchObject([expected]);
  // The counts of a run outlive its units.
  await database.state.collection('runUnits').deleteMany({});
  await expect(runs.get(id)).resolves.toMatchObject(expected);
});

it('counts every planned unit once, by how it ended (EV-6, B-44)', async () => {
  const id = await start();
  const outcomes: UnitOutcome[] = ['created', 'updated', 'unchanged', 'unchanged', 'skipped', 'failed'];
  const units = outcomes.map((_, i) => movie(`m${i}`));
  await runs.plan(id, units, at(1));
  await runs.plan(id, [movie('m0'), movie('open')], at(2));
  database.resetCommands();
  await Promise.all(
    outcomes.map((outcome, i) => finish(`m${i}`, outcome, { runIds: [id], code: 'C', message: 'm' })),
  );
  expect(database.commands('update', 'runUnits')).toHaveLength(1);
  await finish('m0', 'failed');
  await expect(runs.get(id)).resolves.toMatchObject({
    counts: { planned: 7, created: 1, updated: 1, unchanged: 2, skipped: 1, failed: 1 },
  });
  await expect(database.state.collection('runUnits').findOne({ title: 'm5' })).resolves.toMatchObject({
    outcome: 'failed',
    code: 'C',
    message: 'm',
    finishedAt: at(60),
  });
});

it('a job ends the requests of all runs that it answers, and none made after it began (OR-2)', async () => {
  const [first, second, later] = [await start(0), await start(1), await start(2)];
  await runs.plan(first, [movie('a'), movie('b')], at(10));
  await runs.plan(second, [movie('a')], at(20));
  const runIds = await new RunUnits(database.state).awaiting(movie('a'));
  // By the clock of its producer it was made before all others.
  await runs.plan(later, [movie('a')], at(0));
  await runs.finishUnit({ unit: movie('a'), runIds, outcome: 'updated', finishedAt: at(30) });
  const counts = async (id: string) => (await runs.get(id))?.counts;
  await expect(counts(first)).resolves.toMatchObject({ planned: 2, updated: 1 });
  await expect(counts(second)).resolves.toMatchObject({ planned: 1, updated: 1 });
  await expect(counts(later)).resolves.toMatchObject({ planned: 1, updated: 0 });
  await runs.donePlanning([first, second, later]);
  expect((await runs.settle(at(70))).map(({ id }) => id)).toEqual([second]);
  await finish('a', 'unchanged');
  await finish('b', 'created');
  expect((await runs.settle(at(80))).map(({ id }) => id)).toEqual([first, later]);
});

it('tells one run what a job changed, the one that it was made for; the others are merged', async () => {
  const [first, second, third] = [await start(0), await start(1), await start(2)];
  for (const id of [first, second, third]) await runs.plan(id, [movie('a'), movie('b')], at(10));
  const end = { runIds: [first, second, third], creditedRun: second, finishedAt: at(21) };
  // Delivered twice.
  for (const outcome of ['created', 'unchanged'] as const)
    await runs.finishUnit({ ...end, unit: movie('a'), outcome });
  await runs.finishUnit({ ...end, unit: movie('b'), outcome: 'failed', code: 'C' });
  const counts = await Promise.all([first, second, third].map(async (id) => (await runs.get(id))?.counts));
  expect(counts).toMatchObject([
    { planned: 2, created: 0, merged: 1, failed: 1 },
    { planned: 2, created: 1, merged: 0, failed: 1 },
    { planned: 2, created: 0, merged: 1, failed: 1 },
  ]);
});

it.each(['cancelled', 'superseded'] as const)(
  'a run that is %s ends with its open units, and no job ends it again',
  async (status) => {
    const [id, other] = [await start(), await start(1)];
    for (const runId of [id, other]) await runs.plan(runId, [movie('a'), movie('b')], at(1));
    await runs.finishUnit({
      unit: movie('a'),
      runIds: [id, other],
      creditedRun: id,
      outcome: 'created',
      finishedAt: at(6),
    });
    const reason = { code: 'RUN_CANCELLED', message: 'by admin' };
    expect(await runs.withdraw(id, status, reason, at(70))).toMatchObject({
      status,
      error: reason,
      finishedAt: at(70),
      counts: { planned: 2, created: 1, skipped: 1 },
    });
    expect(await runs.withdraw(id, status, reason, at(71))).toBeNull();
    await runs.donePlanning([id, other]);
    await expect(runs.settle(at(72))).resolves.toEqual([]);
    expect(await runs.findRunning([id, other])).toEqual(new Set([other]));
    expect(await runs.findOrigin(id)).toBeNull();
    expect(await runs.findOrigin(other)).toMatchObject({ trigger: 'cli', scope: expect.any(Object) });
    expect(await runs.findOpen([movie('a'), movie('b')])).toEqual(new Set(['movie/b']));
    const open = [];
    for await (const unit of runs.streamOpen({ requestedBefore: at(50) })) open.push(unit);
    expect(open).toEqual([{ unit: movie('b'), runId: other, narrowing: {} }]);
  },
);

it('names what waits for a scan, each scan once, and producers that went silent', async () => {
  const scope: RunScope = { kind: 'servers', serverIds: ['s1'], full: false, force: false };
  const scan = { trigger: 'webhook', scope, scanKey: 'k', startedAt: at(0) } as const;
  const [one, two, silent, busy] = [
    await runs.create(scan),
    await runs.create({ ...scan, trigger: 'cli', startedAt: at(1) }),
    await start(0),
    await start(0),
  ];
  await runs.plan(busy, [movie('a')], at(50));
  expect(await runs.scans.findWaiting(at(30))).toEqual([{ key: 'k', scope, triggers: ['webhook', 'cli'] }]);
  expect((await runs.scans.claim('k')).map(({ id }) => id).sort()).toEqual([one, two].sort());
  expect(await runs.findUnfinishedPlanning(at(30))).toEqual([silent]);
});

it('settles a run when it is planned and has no open unit, once over all callers (EV-4)', async () => {
  const id = await start();
  const empty = await start(1);
  await runs.plan(id, [movie('a')], at(1));
  await expect(runs.settle(at(70))).resolves.toEqual([]);
  await runs.donePlanning(empty);
  await runs.donePlanning(id);
  await expect(runs.settle(at(70))).resolves.toMatchObject([
    { id: empty, status: 'done', counts: { planned: 0 } },
  ]);
  await finish('a', 'failed');
  const settled = await Promise.all([
    runs.settle(at(80)),
    runs.settle(at(80)),
    new RunRepository(database.state).settle(at(80)),
  ]);
  expect(settled.flat()).toMatchObject([
    { id, status: 'done', finishedAt: at(80), counts: { planned: 1, failed: 1 } },
  ]);
  await database.state.collection('runUnits').deleteMany({});
  // The counts are the run's own by now.
  await expect(runs.get(id)).resolves.toMatchObject({ counts: { planned: 1, failed: 1 } });
});

it('settles one run without a look at the others, however many are under way', async () => {
  const [mine, other] = [await start(), await start(1)];
  await runs.plan(other, [movie('a')], at(1));
  await runs.donePlanning([mine, other]);
  const looks = () => database.commands('find', 'runUnits').length;
  const before = looks();
  await expect(runs.settle(at(70), [mine])).resolves.toMatchObject([{ id: mine, status: 'done' }]);
  expect(looks() - before).toBe(1);
  await finish('a', 'created');
  await expect(runs.settle(at(80), [mine])).resolves.toEqual([]);
  await expect(runs.get(other)).resolves.toMatchObject({ status: 'running' });
  await expect(runs.settle(at(80), [other])).resolves.toMatchObject([{ id: other }]);
});

it('a failed run ends with its open units', async () => {
  const id = await start();
  await runs.plan(id, [movie('a'), movie('b')], at(1));
  await finish('a', 'created');
  const failed = await runs.fail(id, { code: 'DATABASE_ERROR', message: 'm' }, at(70));
  expect(failed).toMatchObject({
    id,
    status: 'failed',
    finishedAt: at(70),
    error: { code: 'DATABASE_ERROR', message: 'm' },
    counts: { planned: 2, created: 1, skipped: 1 },
  });
  await expect(runs.fail(id, { code: 'X', message: 'm' }, at(71))).resolves.toBeNull();
  await runs.donePlanning(id);
  await expect(runs.settle(at(72))).resolves.toEqual([]);
});

it('keeps what a scan found per server', async () => {
  const id = await start();
  await runs.recordServers(id, [scan, { ...scan, serverId: 's2' }]);
  await runs.recordServers(id, [{ ...scan, changed: 9 }]);
  await runs.recordServers(id, []);
  const run = await runs.get(id);
  expect(run?.servers).toHaveLength(2);
  expect(run?.servers).toEqual(
    expect.arrayContaining([
      { ...scan, changed: 9 },
      { ...scan, serverId: 's2' },
    ]),
  );
});

it('lists the newest runs first', async () => {
  const ids = [await start(0), await start(2), await start(1)];
  const listed = await runs.list({ limit: 2 });
  expect(listed.map(({ id }) => id)).toEqual([ids[1], ids[2]]);
});

it('lists only runs that ask for one of some kinds', async () => {
  const sweep = await runs.create({ trigger: 'schedule', scope: { kind: 'sweep' }, startedAt: at(2) });
  const other = await start(1);
  expect((await runs.list({ limit: 2, kinds: [SCOPE.kind] })).map(({ id }) => id)).toEqual([other]);
  expect((await runs.list({ limit: 2, status: 'running', kinds: ['sweep'] })).map(({ id }) => id)).toEqual([
    sweep,
  ]);
});

it('finds the runs that are of interest now by their end, however long ago they began', async () => {
  const [long, early, late] = [await start(0), await start(1), await start(2)];
  for (const [id, end] of [
    [early, 10],
    [late, 20],
  ] as const)
    await runs.fail(id, { code: 'X', message: 'm' }, at(end));
  expect(await runs.findCurrent(at(11))).toEqual([long, late]);
  expect(await runs.findCurrent(at(10))).toEqual([long, early, late]);
  const found = await runs.getMany([late, 'f'.repeat(24), long]);
  expect(found.map(({ id, status }) => [id, status])).toEqual([
    [late, 'failed'],
    [long, 'running'],
  ]);
});

it('names the units of a run that failed, with their codes', async () => {
  const id = await start();
  await runs.plan(id, ['b', 'a', 'c'].map(movie), at(1));
  await finish('b', 'failed', { code: 'SERVER_TIMEOUT', message: 'too slow' });
  await finish('a', 'failed', { code: 'TITLE_UNKNOWN', message: 'nobody lists it' });
  await finish('c', 'created');
  const [first, second] = [
    { kind: 'movie', title: 'a', code: 'TITLE_UNKNOWN', message: 'nobody lists it' },
    { kind: 'movie', title: 'b', code: 'SERVER_TIMEOUT', message: 'too slow' },
  ];
  await expect(runs.failures(id, { limit: 10 })).resolves.toEqual([first, second]);
  await expect(runs.failures(id, { limit: 1 })).resolves.toEqual([first]);
});

it('finds the children of some shows that a run waits for; each once', async () => {
  const child = (kind: 'season' | 'episodes', season: number, title = 'Show'): Unit => ({
    kind,
    title,
    season,
  });
  for (const id of ['1'.repeat(24), '2'.repeat(24)]) {
    await runs.create({ id, trigger: 'cli', scope: SCOPE, startedAt: at(0) });
    await runs.plan(id, [child('episodes', 2), child('episodes', 10), child('episodes', 1, 'Other')], at(0));
  }
  await runs.plan('1'.repeat(24), [child('season', 2)], at(0));
  await finish(child('season', 2), 'updated');
  expect(await runs.findOpenChildren(['Show', 'Nobody'])).toEqual([
    child('episodes', 2),
    child('episodes', 10),
  ]);
  expect(await runs.findOpenChildren(['Show', 'Other'])).toHaveLength(3);
  expect(await runs.findOpenChildren(['Nobody'])).toEqual([]);
});

it('a job for some operations answers only requests for the same ones; a full job answers all', async () => {
  const [full, partial, other] = [await start(), await start(), await start()];
  await runs.plan(full, [movie('a')], at(1));
  await runs.plan(partial, [movie('a')], at(1), { operations: ['assets', 'metadata'] });
  await runs.plan(other, [movie('a')], at(1), { operations: ['blurhash'] });
  await runs.donePlanning([full, partial, other]);
  await finish('a', 'unchanged', { narrowing: { operations: ['metadata', 'assets'] } });
  expect((await runs.settle(at(7))).map(({ id }) => id)).toEqual([partial]);
  await finish('a', 'updated');
  expect((await runs.settle(at(8))).map(({ id }) => id).sort()).toEqual([full, other].sort());
});

it('a job for some episodes of a season answers only requests for the same ones', async () => {
  const season: Unit = { kind: 'episodes', title: 'Show', season: 1 };
  const [whole, some, other] = [await start(), await start(), await start()];
  await runs.plan(whole, [season], at(1));
  await runs.plan(some, [season], at(1), { episodes: [10, 9] });
  await runs.plan(other, [season], at(1), { episodes: [9] });
  await runs.donePlanning([whole, some, other]);
  expect(await runs.findOpen([season], { whole: true })).toEqual(new Set([unitKey(season)]));
  await finish(season, 'updated', { narrowing: { episodes: [9, 10] } });
  expect((await runs.settle(at(7))).map(({ id }) => id)).toEqual([some]);
  await runs.plan(await start(), [movie('a')], at(1), { operations: ['assets'] });
  expect(await runs.findOpen([movie('a')], { whole: true })).toEqual(new Set());
  expect(await runs.findOpen([movie('a')])).toEqual(new Set([unitKey(movie('a'))]));
  await finish(season, 'updated');
  expect((await runs.settle(at(8))).map(({ id }) => id).sort()).toEqual([whole, other].sort());
});

it('EV-4: requests whose jobs are gone end, and so do runs whose producer died while it planned', async () => {
  const [wiped, killed, young] = [await start(0), await start(0), await start(90)];
  await runs.plan(wiped, [movie('a'), movie('b')], at(1));
  await runs.donePlanning(wiped);
  await finish('a', 'updated');
  await runs.plan(young, [movie('c')], at(95));
  await runs.donePlanning(young);
  await expect(runs.closeAbandoned(at(60), at(120))).resolves.toBe(2);
  expect((await runs.settle(at(121))).map(({ id }) => id)).toEqual([wiped]);
  await expect(runs.get(wiped)).resolves.toMatchObject({
    status: 'done',
    counts: { planned: 2, updated: 1, skipped: 1 },
  });
  await expect(runs.get(killed)).resolves.toMatchObject({ status: 'failed', error: { code: 'JOB_LOST' } });
  await expect(runs.get(young)).resolves.toMatchObject({ status: 'running' });
});

it('tells how each unit of a run ended, with the fields that its job wrote', async () => {
  const id = await start();
  const season: Unit = { kind: 'season', title: 'S', season: 2 };
  await runs.plan(id, [movie('a'), movie('b'), season, movie('open')], at(1));
  await finish('a', 'updated', { changedFields: ['title', 'logo'] });
  await finish('b', 'failed', { code: 'SERVER_TIMEOUT', message: 'slow' });
  await finish(season, 'unchanged', { changedFields: [] });
  const ended = await collect(runs.streamEnded(id));
  expect(await collect(runs.streamEnded('f'.repeat(24)))).toEqual([]);
  expect(ended.sort((one, other) => (unitKey(one.unit) < unitKey(other.unit) ? -1 : 1))).toEqual([
    { unit: movie('a'), outcome: 'updated', changedFields: ['title', 'logo'], finishedAt: at(60) },
    {
      unit: movie('b'),
      outcome: 'failed',
      changedFields: [],
      code: 'SERVER_TIMEOUT',
      message: 'slow',
      finishedAt: at(60),
    },
    { unit: season, outcome: 'unchanged', changedFields: [], finishedAt: at(60) },
  ]);
});
