import { contest, number, percent, ratios, spread, spreadOf } from '@reelsync/sync';
import type { Benchmark, PlotPoint } from '../benchmark';
import { runBareQueue } from '../engines/run-bare-queue';
import { runQueueEngine } from '../engines/run-queue-engine';
import { unchangedJobRate } from './unchanged-jobs';

const SIZES = { quick: { titles: 600, shows: 0 }, complete: { titles: 5000, shows: 0 } } as const;
const ROUNDS = { quick: 2, complete: 5 } as const;

/** Jobs for unchanged units through our worker host, against jobs that do nothing on bare BullMQ with the same options. */
export const queueOverhead: Benchmark = {
  name: 'queue-overhead',
  run: async (context) => {
    const { mode, stage, say, signal } = context;
    const size = SIZES[mode];
    const installation = await stage.install(await stage.library(size));
    try {
      say(`queue-overhead: first synchronisation of ${size.titles} movies`);
      await runQueueEngine(installation, signal);
      const results = await contest(
        [
          { name: 'ours', measure: () => unchangedJobRate(context, installation) },
          { name: 'bare', measure: () => runBareQueue(installation, size.titles, signal) },
        ],
        {
          rounds: ROUNDS[mode],
          say,
          describe: (name, round) => `queue-overhead: ${name}, round ${round + 1}`,
        },
      );
      await installation.assertInStep();
      const [ours, bare] = [results.get('ours') ?? [], results.get('bare') ?? []];
      const share = spreadOf(ratios(ours, bare));
      return {
        summary: `${number(size.titles)} jobs of unchanged movies that wait when one worker process starts, against as many jobs without work on a bare BullMQ worker with the same concurrency and job options, ${ROUNDS[mode]} rounds.`,
        tables: [
          {
            columns: ['', 'jobs per second'],
            rows: [
              ['our worker host', spread(spreadOf(ours))],
              ['bare BullMQ', spread(spreadOf(bare))],
              ['share', spread(share, percent)],
            ],
          },
        ],
        targets: [
          {
            goal: 'at least 60 % of bare BullMQ',
            measured: spread(share, percent),
            reached: share.median >= 0.6,
          },
        ],
        plots: [
          {
            kind: 'bars' as const,
            title: 'Jobs that have nothing to do',
            x: 'worker',
            y: 'jobs per second',
            points: [['our worker host', ours] as const, ['bare BullMQ', bare] as const].map(
              ([x, rates]): PlotPoint => {
                const { median, min, max } = spreadOf(rates);
                return { series: 'jobs per second', x, y: median, low: min, high: max };
              },
            ),
          },
        ],
      };
    } finally {
      await installation.close();
    }
  },
};
