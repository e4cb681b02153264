import { contest, milliseconds, ratios, spread, spreadOf } from '@reelsync/sync';
import type { Benchmark, BenchContext, PlotPoint } from '../benchmark';
import { runQueueEngine } from '../engines/run-queue-engine';
import type { SampleServers } from '../stage/bench-installation';

const SIZES = {
  quick: { titles: 120, shows: 2 },
  complete: { titles: 2000, shows: 30 },
} as const;
const ROUNDS = { quick: 1, complete: 3 } as const;
const WORKERS = [1, 2, 4];
const LATENCY_MS = 50;
/** Per server and process: low enough that one process waits for the server and not for its processor. */
const CONNECTIONS = '4';

/** How much faster two and four worker processes are when the file servers are slow. */
export const scaleOut: Benchmark = {
  name: 'scale-out',
  run: async (context) => {
    const { mode, stage, say } = context;
    const servers = await stage.library(SIZES[mode]);
    await Promise.all(servers.map(({ control }) => control.faults.setLatency(LATENCY_MS)));
    say('scale-out: warm-up');
    await timeOf(context, servers, 1);
    const results = await contest(
      WORKERS.map((workers) => ({
        name: String(workers),
        measure: () => timeOf(context, servers, workers),
      })),
      {
        rounds: ROUNDS[mode],
        say,
        describe: (name, round) => `scale-out: ${name} workers, round ${round + 1}`,
      },
    );
    const times = (workers: number): readonly number[] => results.get(String(workers)) ?? [];
    const speedUps = WORKERS.map((workers) => spreadOf(ratios(times(1), times(workers))));
    const two = speedUps[WORKERS.indexOf(2)];
    if (two === undefined) throw new Error('two workers were not measured');
    const { titles, shows } = SIZES[mode];
    return {
      summary: `First synchronisation of ${titles} movies and ${shows} shows from two servers with ${LATENCY_MS} ms latency and ${CONNECTIONS} connections per server and process, ${ROUNDS[mode]} rounds.`,
      tables: [
        {
          columns: ['worker processes', 'time', 'times faster than one'],
          rows: WORKERS.map((workers, index) => [
            String(workers),
            spread(spreadOf(times(workers)), milliseconds),
            spread(speedUps[index] ?? spreadOf([])),
          ]),
        },
      ],
      targets: [
        {
          goal: 'at least 1.8 times faster with 2 processes',
          measured: `${spread(two)} times`,
          reached: two.median >= 1.8,
        },
      ],
      plots: [
        {
          kind: 'lines',
          title: 'Worker processes',
          x: 'worker processes',
          y: 'times faster than one',
          points: speedUps.map(({ median, min, max }, index): PlotPoint => {
            return { series: 'measured', x: WORKERS[index] ?? 0, y: median, low: min, high: max };
          }),
        },
      ],
    };
  },
};

async function timeOf(
  { stage, signal }: BenchContext,
  servers: SampleServers,
  workers: number,
): Promise<number> {
  const installation = await stage.install(servers, { SYNC_HTTP_CONCURRENCY: CONNECTIONS });
  try {
    const { durationMs } = await runQueueEngine(installation, signal, { workers });
    await installation.assertInStep();
    return durationMs;
  } finally {
    await installation.close();
  }
}
