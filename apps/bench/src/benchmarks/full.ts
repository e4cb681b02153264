import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { contest, milliseconds, number, ratios, spread, spreadOf } from '@reelsync/sync';
import type { Benchmark, BenchContext, BenchmarkResult, PlotPoint } from '../benchmark';
import { runEngine, type EngineRun } from '../engines/run-engine';
import { runQueueEngine } from '../engines/run-queue-engine';
import type { BenchInstallation } from '../stage/bench-installation';
import type { SampleServers } from '../stage/bench-installation';

const SIZES = {
  quick: { titles: 30, evenShows: { shows: 1, seasons: 2, episodes: 12 } },
  complete: { titles: 5000, evenShows: { shows: 100, seasons: 4, episodes: 12 } },
} as const;
/** A complete one takes more than twenty minutes, most of it that of flat sync. */
const ROUNDS = 2;
const LATENCIES_MS = [0, 5];

const CONTESTANTS = ['queue', 'direct', 'flat', 'floor'] as const;
type Contender = (typeof CONTESTANTS)[number];

/** First synchronisation of everything: queue engine, direct mode, flat sync, and the floor below which nobody can be. */
export const full: Benchmark = {
  name: 'full',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'reelsync-bench-plan-'));
    try {
      return await measure(context, join(folder, 'plan.json'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure(context: BenchContext, planFile: string): Promise<BenchmarkResult> {
  const { mode, stage, say } = context;
  const size = SIZES[mode];
  const servers = await stage.library(size);
  say('full: warm-up, which also notes what the floor has to do');
  await firstSync(context, servers, 'warm-up', planFile);
  const byLatency = new Map<number, ReadonlyMap<string, readonly EngineRun[]>>();
  for (const latencyMs of LATENCIES_MS) {
    await Promise.all(servers.map(({ control }) => control.faults.setLatency(latencyMs)));
    const results = await contest(
      CONTESTANTS.map((name) => ({ name, measure: () => firstSync(context, servers, name, planFile) })),
      {
        rounds: ROUNDS,
        say,
        describe: (name, round) => `full: ${name} at ${latencyMs} ms latency, round ${round + 1}`,
      },
    );
    byLatency.set(latencyMs, results);
  }
  return report(context, byLatency);
}

async function firstSync(
  { stage, signal }: BenchContext,
  servers: SampleServers,
  name: Contender | 'warm-up',
  planFile: string,
): Promise<EngineRun> {
  const installation = await stage.install(servers);
  try {
    const run = await runOne(name, installation, signal, planFile);
    await installation.assertInStep();
    return run;
  } finally {
    await installation.close();
  }
}

function runOne(
  name: Contender | 'warm-up',
  installation: BenchInstallation,
  signal: AbortSignal,
  planFile: string,
): Promise<EngineRun> {
  switch (name) {
    case 'warm-up':
      return runEngine('direct', installation, signal, planFile);
    case 'queue':
      return runQueueEngine(installation, signal);
    case 'floor':
      return runEngine('floor', installation, signal, planFile);
    case 'direct':
    case 'flat':
      return runEngine(name, installation, signal);
  }
}

function report(
  { mode }: BenchContext,
  byLatency: ReadonlyMap<number, ReadonlyMap<string, readonly EngineRun[]>>,
): BenchmarkResult {
  const { titles, evenShows } = SIZES[mode];
  const durations = (latencyMs: number, name: Contender): number[] =>
    (byLatency.get(latencyMs)?.get(name) ?? []).map(({ durationMs }) => durationMs);
  const relative = (latencyMs: number, name: Contender, to: Contender) =>
    spreadOf(ratios(durations(latencyMs, name), durations(latencyMs, to)));
  const rows = LATENCIES_MS.flatMap((latencyMs) =>
    CONTESTANTS.map((name) => {
      const runs = byLatency.get(latencyMs)?.get(name) ?? [];
      return [
        `${latencyMs} ms`,
        name,
        spread(spreadOf(runs.map(({ durationMs }) => durationMs)), milliseconds),
        spread(relative(latencyMs, name, 'floor')),
        spread(spreadOf(runs.map(({ httpRequests }) => httpRequests))),
        spread(spreadOf(runs.map(({ databaseCommands }) => databaseCommands))),
        `${number(spreadOf(runs.map(({ peakResidentBytes }) => peakResidentBytes)).median / 1e6)} MB`,
      ];
    }),
  );
  const speedUp = relative(5, 'flat', 'queue');
  const overFloor = LATENCIES_MS.map((latencyMs) => relative(latencyMs, 'queue', 'floor'));
  return {
    summary: `First synchronisation of ${number(titles)} movies on two servers and ${evenShows.shows} shows of ${evenShows.seasons} seasons with ${evenShows.episodes} episodes each, ${ROUNDS} rounds after a warm-up.`,
    tables: [
      {
        columns: [
          'latency',
          'engine',
          'time',
          'times the floor',
          'HTTP requests',
          'database commands',
          'peak memory',
        ],
        rows,
      },
    ],
    targets: [
      {
        goal: 'queue engine at least 10 times faster than flat sync at 5 ms latency',
        measured: `${spread(speedUp)} times`,
        reached: speedUp.median >= 10,
      },
      ...overFloor.map((ratio, index) => ({
        goal: `queue engine within 1.5 times the floor at ${LATENCIES_MS[index] ?? 0} ms latency`,
        measured: `${spread(ratio)} times`,
        reached: ratio.median <= 1.5,
      })),
    ],
    plots: [
      {
        kind: 'bars',
        title: 'First synchronisation, time over the floor',
        x: 'engine',
        y: 'times the floor',
        logarithmic: true,
        points: LATENCIES_MS.flatMap((latencyMs) =>
          CONTESTANTS.map((name): PlotPoint => {
            const { median, min, max } = relative(latencyMs, name, 'floor');
            return { series: `${latencyMs} ms latency`, x: name, y: median, low: min, high: max };
          }),
        ),
      },
    ],
  };
}
