import type { ReportTable } from '../src/benchmark';
import { memoryReport } from '../src/benchmarks/memory';
import { oneChangeReport } from '../src/benchmarks/one-change';
import type { SizeFigures, SweepRound } from '../src/benchmarks/size-sweep';

/** A round whose changes took so long after the debounce window of 250 ms, besides the download. */
function round(ownMs: number, downloadMs: number, workerMegabytes: number): SweepRound {
  const cost = { durationMs: 0, httpRequests: 5, databaseCommands: 60, bytes: 0 };
  const offsets = [-10, 0, 10];
  return {
    latenciesMs: offsets.map((offset) => 250 + ownMs + downloadMs + offset),
    transferMs: offsets.map(() => downloadMs),
    costs: [cost, { ...cost, databaseCommands: 62 }, cost],
    apiPeakBytes: 100e6,
    workerPeakBytes: workerMegabytes * 1e6,
  };
}

const small: SizeFigures = {
  titles: 1000,
  rounds: [round(100, 10, 150), round(120, 10, 160), round(80, 20, 170)],
};
const large: SizeFigures = { titles: 100_000, rounds: [round(300, 700, 240)] };

function cells({ columns, rows }: ReportTable, row: number): Record<string, string | undefined> {
  return Object.fromEntries(columns.map((column, index) => [column, rows[row]?.[index]]));
}

test('one-change: percentiles of all rounds with their range over the rounds, and the own share as a multiple', () => {
  const { tables, targets } = oneChangeReport([small, large], 'summary');
  const [table = { columns: [], rows: [] }] = tables;
  expect(cells(table, 0)).toEqual({
    movies: '1,000',
    rounds: '3',
    'latency, median': '360 ms (350 ms to 380 ms)',
    '95th percentile': '386 ms (359 ms to 389 ms)',
    '99th percentile': '389 ms (360 ms to 390 ms)',
    'listing download': '10 ms (10 ms to 20 ms)',
    'times the download': '11 (5 to 13)',
    'own share': '100 ms (80 ms to 120 ms)',
    'times the smallest': '1 (0.8 to 1.2)',
    'HTTP requests': '5 (5 to 5)',
    'database commands': '60 (60 to 62)',
  });
  expect(cells(table, 1)).toMatchObject({
    rounds: '1',
    'latency, median': '1,250 ms',
    'own share': '300 ms',
    'times the smallest': '3',
  });
  expect(targets).toMatchObject([
    { measured: '1,010 ms', reached: false },
    { measured: '200 %', reached: false },
  ]);
  expect(oneChangeReport([small, { ...small, titles: 2000 }], 'summary').targets).toMatchObject([
    { measured: '139 ms (110 ms to 140 ms)', reached: true },
    { measured: '0 % (-20 % to 20 %)', reached: true },
  ]);
});

test('memory: each process over the rounds, and as a multiple of the smallest library', () => {
  const { tables, targets } = memoryReport([small, large], 'summary');
  const [table = { columns: [], rows: [] }] = tables;
  expect(table.rows).toEqual([
    [
      '1,000',
      '3',
      '100 MB (100 MB to 100 MB)',
      '1 (1 to 1)',
      '160 MB (150 MB to 170 MB)',
      '1 (0.938 to 1.06)',
    ],
    ['100,000', '1', '100 MB', '1', '240 MB', '1.5'],
  ]);
  expect(targets).toMatchObject([
    { measured: '240 MB', reached: true },
    { measured: '50 %', reached: false },
  ]);
});
