import { megabytes, number, percent } from '@reelsync/sync';
import type { Benchmark, PlotPoint } from '../benchmark';
import { sizeSweep } from './size-sweep';

const LIMIT_BYTES = 250e6;

/** Peak resident memory of the API and of the worker over a first synchronisation and single changes. */
export const memory: Benchmark = {
  name: 'memory',
  run: async (context) => {
    const sizes = await sizeSweep(context);
    const peaks = sizes.flatMap(({ apiPeakBytes, workerPeakBytes }) => [apiPeakBytes, workerPeakBytes]);
    const [smallest, largest] = [sizes[0], sizes.at(-1)];
    if (smallest === undefined || largest === undefined) throw new Error('nothing was measured');
    const growth =
      Math.max(
        largest.apiPeakBytes / smallest.apiPeakBytes,
        largest.workerPeakBytes / smallest.workerPeakBytes,
      ) - 1;
    return {
      summary:
        'Highest resident memory (VmHWM) of each process after a first synchronisation and the changes of `one-change`, each size on fresh processes.',
      tables: [
        {
          columns: ['movies', 'API', 'worker'],
          rows: sizes.map(({ titles, apiPeakBytes, workerPeakBytes }) => [
            number(titles),
            megabytes(apiPeakBytes),
            megabytes(workerPeakBytes),
          ]),
        },
      ],
      targets: [
        {
          goal: 'under 250 MB per process',
          measured: megabytes(Math.max(...peaks)),
          reached: Math.max(...peaks) < LIMIT_BYTES,
        },
        {
          goal: `at most 15 % more at ${number(largest.titles)} titles than at ${number(smallest.titles)}`,
          measured: percent(growth),
          reached: growth <= 0.15,
        },
      ],
      plots: [
        {
          kind: 'lines',
          title: 'Peak resident memory',
          x: 'movies in the library',
          y: 'MB',
          logarithmic: true,
          points: sizes.flatMap(({ titles, apiPeakBytes, workerPeakBytes }): PlotPoint[] =>
            [['API', apiPeakBytes] as const, ['worker', workerPeakBytes] as const].map(([series, bytes]) => {
              const y = bytes / 1e6;
              return { series, x: titles, y, low: y, high: y };
            }),
          ),
        },
      ],
    };
  },
};
