import { megabytes, number, percent, spread, spreadOf } from '@reelsync/sync';
import type { Benchmark, BenchmarkResult, PlotPoint } from '../benchmark';
import { growth, multiples, worstOf } from '../measure/over-rounds';
import { describeRounds, sizeSweep, type SizeFigures } from './size-sweep';

const LIMIT_BYTES = 250e6;
const PROCESSES = ['API', 'worker'] as const;

/** Peak resident memory of the API and of the worker over a first synchronisation and single changes. */
export const memory: Benchmark = {
  name: 'memory',
  run: async (context) =>
    memoryReport(
      await sizeSweep(context),
      `Highest resident memory (VmHWM) of each process after a first synchronisation and the changes of \`one-change\`: ${describeRounds(context.mode)} and fresh processes.`,
    ),
};

export function memoryReport(sizes: readonly SizeFigures[], summary: string): BenchmarkResult {
  const [smallest, largest] = [sizes[0], sizes.at(-1)];
  if (smallest === undefined || largest === undefined) throw new Error('nothing was measured');
  const overSmallest = (size: SizeFigures, process: (typeof PROCESSES)[number]) =>
    spreadOf(multiples(peaks(size, process), peaks(smallest, process)));
  const highest = worstOf(
    sizes.flatMap((size) => PROCESSES.map((process) => spreadOf(peaks(size, process)))),
  );
  const grown = worstOf(PROCESSES.map((process) => growth(overSmallest(largest, process))));
  return {
    summary,
    tables: [
      {
        columns: ['movies', 'rounds', ...PROCESSES.flatMap((process) => [process, 'times the smallest'])],
        rows: sizes.map((size) => [
          number(size.titles),
          String(size.rounds.length),
          ...PROCESSES.flatMap((process) => [
            spread(spreadOf(peaks(size, process)), megabytes),
            spread(overSmallest(size, process)),
          ]),
        ]),
      },
    ],
    targets: [
      {
        goal: 'under 250 MB per process',
        measured: spread(highest, megabytes),
        reached: sizes.every((size) =>
          PROCESSES.every((process) => Math.max(...peaks(size, process)) < LIMIT_BYTES),
        ),
      },
      {
        goal: `at most 15 % more at ${number(largest.titles)} titles than at ${number(smallest.titles)}`,
        measured: spread(grown, percent),
        reached: grown.median <= 0.15,
      },
    ],
    plots: [
      {
        kind: 'lines',
        title: 'Peak resident memory',
        x: 'movies in the library',
        y: 'MB',
        logarithmic: true,
        points: sizes.flatMap((size) =>
          PROCESSES.map((process): PlotPoint => {
            const { median, min, max } = spreadOf(peaks(size, process));
            return { series: process, x: size.titles, y: median / 1e6, low: min / 1e6, high: max / 1e6 };
          }),
        ),
      },
    ],
  };
}

function peaks({ rounds }: SizeFigures, process: (typeof PROCESSES)[number]): number[] {
  return rounds.map(({ apiPeakBytes, workerPeakBytes }) =>
    process === 'API' ? apiPeakBytes : workerPeakBytes,
  );
}
