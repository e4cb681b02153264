import { JOB_CATALOG } from '@reelsync/queue';
import { milliseconds, number, percent, spread, spreadOf } from '@reelsync/sync';
import { percentile } from '../measure/percentile';
import type { Benchmark, PlotPoint } from '../benchmark';
import { sizeSweep, type SizeFigures } from './size-sweep';

const DEBOUNCE_MS = JOB_CATALOG['library.scan'].deduplication.debounceMs;

/** From the webhook of a file server to the changed document, at growing sizes of the library. */
export const oneChange: Benchmark = {
  name: 'one-change',
  run: async (context) => {
    const sizes = await sizeSweep(context);
    const p99s = sizes.map(({ latenciesMs }) => percentile(latenciesMs, 0.99) - DEBOUNCE_MS);
    const own = sizes.map(ownMs);
    const growth = growthOf(own);
    const worst = Math.max(...p99s);
    return {
      summary: `One changed poster at a time, ${sizes[0]?.latenciesMs.length ?? 0} times at each size, webhook to document. The debounce window of ${DEBOUNCE_MS} ms is part of the latencies and not of the goals.`,
      tables: [
        {
          columns: [
            'movies',
            'latency, median',
            '95th percentile',
            '99th percentile',
            'listing download',
            'HTTP requests',
            'database commands',
          ],
          rows: sizes.map(({ titles, latenciesMs, transferMs, costs }) => [
            number(titles),
            milliseconds(percentile(latenciesMs, 0.5)),
            milliseconds(percentile(latenciesMs, 0.95)),
            milliseconds(percentile(latenciesMs, 0.99)),
            milliseconds(spreadOf(transferMs).median),
            spread(spreadOf(costs.map(({ httpRequests }) => httpRequests))),
            spread(spreadOf(costs.map(({ databaseCommands }) => databaseCommands))),
          ]),
        },
      ],
      targets: [
        {
          goal: '99th percentile under 1 s after the debounce window at every size',
          measured: milliseconds(worst),
          reached: worst < 1000,
        },
        {
          goal: 'growing by less than 20 % from the smallest to the largest library, apart from the transfer of the listing',
          measured: percent(growth),
          reached: growth < 0.2,
        },
      ],
      plots: [
        {
          kind: 'lines',
          title: 'Webhook to catalogue',
          x: 'movies in the library',
          y: 'milliseconds',
          logarithmic: true,
          points: sizes.map(({ titles, latenciesMs }): PlotPoint => {
            const { median, min, max } = spreadOf(latenciesMs);
            return { series: 'latency', x: titles, y: median, low: min, high: max };
          }),
        },
      ],
    };
  },
};

/** Median latency without the debounce and without the bare transfer of the listing. */
function ownMs({ latenciesMs, transferMs }: SizeFigures): number {
  return spreadOf(latenciesMs).median - DEBOUNCE_MS - spreadOf(transferMs).median;
}

function growthOf(values: readonly number[]): number {
  const [first, last] = [values[0], values.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('nothing was measured');
  return last / first - 1;
}
