import type { Narrowing, Unit } from '@reelsync/core';
import { RunRepository, RunUnits } from '@reelsync/database';
import { useTestDatabase } from './support/test-database';

const database = useTestDatabase();
const T0 = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(T0.getTime() + seconds * 1000);
const heat: Unit = { kind: 'movie', title: 'Heat (1995)' };
const season: Unit = { kind: 'season', title: 'Fargo', season: 2 };
const episodes: Unit = { kind: 'episodes', title: 'Fargo', season: 2 };

let runs: RunRepository;
let units: RunUnits;
beforeEach(async () => {
  await database.state.collection('runs').deleteMany({});
  await database.state.collection('runUnits').deleteMany({});
  runs = new RunRepository(database.state);
  units = new RunUnits(database.state);
});

async function runOf(unit: Unit, seconds: number, narrowing?: Narrowing): Promise<string> {
  const runId = await runs.create({ trigger: 'cli', scope: { kind: 'sweep' }, startedAt: at(seconds) });
  await runs.plan(runId, [unit], at(seconds), narrowing);
  return runId;
}

test('EV-1: a job is awaited by exactly the runs whose unit it then ends', async () => {
  const first = await runOf(heat, 9);
  const second = await runOf(heat, 1);
  const some = await runOf(heat, 2, { operations: ['assets', 'metadata'] });
  await runOf(season, 0);
  const third = await runOf(episodes, 0, { episodes: [3] });
  const few = { operations: ['metadata', 'assets'] as const };
  // In one batch.
  const [ofAll, ofFew, ofOther] = await Promise.all([
    units.awaiting(heat),
    units.awaiting(heat, few),
    units.awaiting({ kind: 'movie', title: 'Other' }),
  ]);
  expect(ofAll).toEqual([second, some, first]);
  expect(ofFew).toEqual([some]);
  expect(ofOther).toEqual([]);
  expect(await units.awaiting(episodes, { episodes: [3] })).toEqual([third]);
  expect(await units.awaiting(episodes, { episodes: [4] })).toEqual([]);

  const late = await runOf(heat, 0);
  await runs.finishUnit({ unit: heat, runIds: ofAll, outcome: 'updated', finishedAt: at(6) });
  expect(await units.awaiting(heat)).toEqual([late]);
});
