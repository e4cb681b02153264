import { judgeTargets } from '../../src/comparison/judge-targets';
import { ratioSpread, spreadOf } from '../../src/comparison/spread';

const same = (value: number) => spreadOf([value]);

function judge(direct: number, flat: number, failures: { direct: number; flat: number }) {
  const ratio = same(flat / direct);
  const ratios = { durationMs: ratio, peakResidentBytes: ratio };
  return judgeTargets({ direct: figuresOf(direct), flat: figuresOf(flat), ratios, failures });
}

test.each([
  [50, 'met', 'met', '50 % less time: 50 ms against 100 ms'],
  [70, 'met', 'met', '30 % less time: 70 ms against 100 ms'],
  [75, 'missed', 'met', '25 % less time: 75 ms against 100 ms'],
  [81, 'missed', 'missed', '19 % less time: 81 ms against 100 ms'],
  [125, 'missed', 'missed', '25 % more time: 125 ms against 100 ms'],
])('%d ms against 100 ms', (ours, speed, memory, text) => {
  const targets = judge(ours, 100, { direct: 0, flat: 0 });
  expect(targets.speed).toMatchObject({ verdict: speed, measured: text });
  expect(targets.memory).toMatchObject({ verdict: memory });
});

test.each([
  [0, 4, 'met', '100 % fewer failures: 0 against 4 documents'],
  [2, 4, 'met', '50 % fewer failures: 2 against 4 documents'],
  [3, 4, 'missed', '25 % fewer failures: 3 against 4 documents'],
  [5, 4, 'missed', '25 % more failures: 5 against 4 documents'],
  [1, 0, 'missed', 'more failures: 1 against 0 documents'],
  [0, 0, 'not measurable', 'no failures: 0 against 0 documents'],
])('%d failures against %d', (direct, flat, verdict, measured) => {
  expect(judge(1, 1, { direct, flat }).failures).toMatchObject({ verdict, measured });
});

test('a figure of 0 gives no ratio: neither NaN nor infinity, and no verdict', () => {
  expect([ratioSpread([0, 5], [2, 0]), ratioSpread([0], [0]), ratioSpread([6], [2])]).toEqual([
    null,
    null,
    spreadOf([3]),
  ]);
  const ratios = { durationMs: null, peakResidentBytes: spreadOf([0]) };
  const measured = { direct: figuresOf(0), flat: figuresOf(0), ratios, failures: { direct: 0, flat: 0 } };
  expect(judgeTargets(measured)).toMatchObject({
    speed: { verdict: 'not measurable', measured: 'no ratio: 0 ms against 0 ms' },
    memory: { verdict: 'not measurable', measured: 'no ratio: 0 MB against 0 MB' },
  });
});

test('lowest and highest are those of the change, whichever way it goes', () => {
  const targets = judgeTargets({
    direct: figuresOf(100),
    flat: figuresOf(100),
    ratios: { durationMs: spreadOf([1.25, 2, 4]), peakResidentBytes: spreadOf([0.5, 0.8, 1.25]) },
    failures: { direct: 0, flat: 0 },
  });
  expect(targets.speed.measured).toMatch(/^50 % \(20 % to 75 %\) less time/);
  expect(targets.memory.measured).toMatch(/^25 % \(-20 % to 100 %\) more memory/);
});

function figuresOf(value: number) {
  const figure = same(value);
  return {
    ...{ durationMs: figure, httpRequests: figure, databaseCommands: figure, bytes: figure },
    ...{ peakResidentBytes: same(value * 1e6), documents: figure, failedUnderFaults: figure },
  };
}
