import { JOB_CATALOG } from '@reelsync/queue';
import { milliseconds, number, percent, ratios, spread, spreadOf, type Spread } from '@reelsync/sync';
import { growth, multiples, pooled, worstOf } from '../measure/over-rounds';
import { percentile } from '../measure/percentile';
import type { Benchmark, BenchmarkResult, PlotPoint } from '../benchmark';
import { changesPerRound, describeRounds, sizeSweep, type SizeFigures, type SweepRound } from './size-sweep';

const DEBOUNCE_MS = JOB_CATALOG['library.scan'].deduplication.debounceMs;

/** From the webhook of a file server to the changed document, at growing sizes of the library. */
export const oneChange: Benchmark = {
  name: 'one-change',
  run: async (context) =>
    oneChangeReport(
      await sizeSweep(context),
      `One changed poster at a time, ${changesPerRound(context.mode)} in a round, spread evenly over the listing, webhook to document; ${describeRounds(context.mode)}. Percentiles are those of all rounds together, ranges their minimum and maximum over the rounds. The debounce window of ${DEBOUNCE_MS} ms is part of the latencies and of nothing else. The listing download is a bare GET, uncompressed, as the worker asks a server on its own machine; the own share is the median latency without it and without the window.`,
    ),
};

export function oneChangeReport(sizes: readonly SizeFigures[], summary: string): BenchmarkResult {
  const [smallest, largest] = [sizes[0], sizes.at(-1)];
  if (smallest === undefined || largest === undefined) throw new RangeError('nothing was measured');
  const overSmallest = (size: SizeFigures): Spread =>
    spreadOf(multiples(size.rounds.map(ownMs), smallest.rounds.map(ownMs)));
  const worst = worstOf(
    sizes.map(({ rounds }) => pooled(rounds.map(afterDebounce), (latencies) => percentile(latencies, 0.99))),
  );
  const grown = growth(overSmallest(largest));
  return {
    summary,
    tables: [
      {
        columns: [
          'movies',
          'rounds',
          'latency, median',
          '95th percentile',
          '99th percentile',
          'listing download',
          'times the download',
          'own share',
          'times the smallest',
          'HTTP requests',
          'database commands',
        ],
        rows: sizes.map((size) => row(size, overSmallest(size))),
      },
    ],
    targets: [
      {
        goal: '99th percentile under 1 s after the debounce window at every size',
        measured: spread(worst, milliseconds),
        reached: worst.median < 1000,
      },
      {
        goal: 'growing by less than 20 % from the smallest to the largest library, apart from the transfer of the listing',
        measured: spread(grown, percent),
        reached: grown.median < 0.2,
      },
    ],
    plots: [
      {
        kind: 'lines',
        title: 'Webhook to catalogue',
        x: 'movies in the library',
        y: 'milliseconds',
        logarithmic: true,
        points: sizes.map(({ titles, rounds }): PlotPoint => {
          const { median, min, max } = spreadOf(rounds.flatMap(({ latenciesMs }) => latenciesMs));
          return { series: 'latency', x: titles, y: median, low: min, high: max };
        }),
      },
    ],
  };
}

function row({ titles, rounds }: SizeFigures, overSmallest: Spread): string[] {
  const latency = (fraction: number): Spread =>
    pooled(
      rounds.map(({ latenciesMs }) => latenciesMs),
      (latencies) => percentile(latencies, fraction),
    );
  const costs = rounds.flatMap((round) => round.costs);
  return [
    number(titles),
    String(rounds.length),
    ...[0.5, 0.95, 0.99].map((fraction) => spread(latency(fraction), milliseconds)),
    spread(
      pooled(
        rounds.map(({ transferMs }) => transferMs),
        medianOf,
      ),
      milliseconds,
    ),
    spread(pooled(rounds.map(timesTheDownload), medianOf)),
    spread(spreadOf(rounds.map(ownMs)), milliseconds),
    spread(overSmallest),
    spread(spreadOf(costs.map(({ httpRequests }) => httpRequests))),
    spread(spreadOf(costs.map(({ databaseCommands }) => databaseCommands))),
  ];
}

function afterDebounce({ latenciesMs }: SweepRound): number[] {
  return latenciesMs.map((latency) => latency - DEBOUNCE_MS);
}

/** Change by change: the listing is downloaded right after its change has arrived. */
function timesTheDownload(round: SweepRound): number[] {
  return ratios(afterDebounce(round), round.transferMs);
}

/** Median latency of a round without the debounce and without the bare transfer of the listing. */
function ownMs(round: SweepRound): number {
  return medianOf(afterDebounce(round)) - medianOf(round.transferMs);
}

function medianOf(values: readonly number[]): number {
  return spreadOf(values).median;
}
