import { contest, percent, spread, spreadOf } from '@reelsync/sync';
import type { Benchmark, BenchContext, PlotPoint } from '../benchmark';
import { worstOf } from '../measure/over-rounds';
import { runEngine } from '../engines/run-engine';
import { runQueueEngine } from '../engines/run-queue-engine';
import { shareOutOfStep } from '../stage/assert-in-step';
import type { SampleServers } from '../stage/bench-installation';

const SIZES = {
  quick: { titles: 30, shows: 1 },
  complete: { titles: 300, shows: 6 },
} as const;
const ROUNDS = { quick: 1, complete: 3 } as const;
const RATES = [0, 0.01, 0.05, 0.2];
const ENGINES = ['queue', 'flat'] as const;
/** Files of titles; a listing that fails fails the whole server and is another matter. */
const FILES = ['metadata', 'blurhash'] as const;

/** Share of documents that are not as they must be after one run while the file servers fail now and then. */
export const faults: Benchmark = {
  name: 'faults',
  run: async (context) => {
    const { mode, stage, say } = context;
    const servers = await stage.library(SIZES[mode]);
    const byRate = new Map<number, ReadonlyMap<string, readonly number[]>>();
    for (const rate of RATES) {
      const results = await contest(
        ENGINES.map((engine) => ({
          name: engine,
          measure: () => measureShare(context, servers, engine, rate),
        })),
        {
          rounds: ROUNDS[mode],
          say,
          describe: (name, round) => `faults: ${name} at ${percent(rate)}, round ${round + 1}`,
        },
      );
      byRate.set(rate, results);
    }
    return report(context, byRate);
  },
};

async function measureShare(
  { stage, signal }: BenchContext,
  servers: SampleServers,
  engine: (typeof ENGINES)[number],
  rate: number,
): Promise<number> {
  const installation = await stage.install(servers);
  try {
    if (rate > 0) {
      const rules = FILES.map((match) => ({ match, status: 503, rate }));
      await Promise.all(servers.flatMap(({ control }) => rules.map((rule) => control.faults.add(rule))));
    }
    if (engine === 'queue') await runQueueEngine(installation, signal);
    else await runEngine('flat', installation, signal);
    if (rate === 0) await installation.assertInStep();
    const oracles = servers.map(({ oracle }) => oracle);
    return await shareOutOfStep(installation.database, oracles);
  } finally {
    await Promise.all(servers.map(({ control }) => control.faults.clear()));
    await installation.close();
  }
}

function report({ mode }: BenchContext, byRate: ReadonlyMap<number, ReadonlyMap<string, readonly number[]>>) {
  const share = (rate: number, engine: string) => spreadOf(byRate.get(rate)?.get(engine) ?? []);
  const pairs = RATES.map((rate) => ({ rate, ours: share(rate, 'queue'), flat: share(rate, 'flat') }));
  const left = worstOf(pairs.map(({ ours }) => ours));
  const { titles, shows } = SIZES[mode];
  return {
    summary: `Share of documents not in step after one first run over ${titles} movies and ${shows} shows, with metadata and preview files answering 503 at random, ${ROUNDS[mode]} rounds. A run of the queue engine ends when its retries have ended.`,
    tables: [
      {
        columns: ['failing requests', 'queue engine', 'flat sync'],
        rows: pairs.map(({ rate, ours, flat }) => [
          percent(rate),
          spread(ours, percent),
          spread(flat, percent),
        ]),
      },
    ],
    targets: [
      {
        goal: "at most half of flat sync's failures at every rate",
        measured: pairs
          .map(({ ours, flat }) => `${spread(ours, percent)} against ${spread(flat, percent)}`)
          .join(', '),
        reached: pairs.every(({ ours, flat }) => ours.median <= flat.median / 2),
      },
      {
        goal: 'none left after the retries',
        measured: spread(left, percent),
        reached: pairs.every(({ ours }) => ours.max === 0),
      },
    ],
    plots: [
      {
        kind: 'bars' as const,
        title: 'Documents not in step after one run',
        x: 'failing requests',
        y: '% of documents',
        points: pairs.flatMap(({ rate, ours, flat }): PlotPoint[] =>
          [['queue engine', ours] as const, ['flat sync', flat] as const].map(
            ([series, { median, min, max }]) => ({
              series,
              x: percent(rate),
              y: median * 100,
              low: min * 100,
              high: max * 100,
            }),
          ),
        ),
      },
    ],
  };
}
