import { contest, number, percent, ratios, spread, spreadOf } from '@reelsync/sync';
import type { Benchmark, BenchContext, PlotPoint } from '../benchmark';
import { runQueueEngine } from '../engines/run-queue-engine';
import type { BenchInstallation } from '../stage/bench-installation';
import { remainder, worstOf } from '../measure/over-rounds';
import { unchangedJobRate } from './unchanged-jobs';

const SIZES = { quick: { titles: 300, shows: 0 }, complete: { titles: 3000, shows: 0 } } as const;
const ROUNDS = { quick: 2, complete: 5 } as const;
/** Undefined: nobody carries or reads events at all. */
const AUDIENCES = [
  { name: 'no API process', subscribers: undefined },
  { name: 'API, no subscriber', subscribers: 0 },
  { name: 'API, 10 subscribers', subscribers: 10 },
] as const;

/** What it costs the jobs that their beginnings, progress and ends are carried, stored and streamed. */
export const events: Benchmark = {
  name: 'events',
  run: async (context) => {
    const { mode, stage, say, signal } = context;
    const size = SIZES[mode];
    const installation = await stage.install(await stage.library(size));
    try {
      say(`events: first synchronisation of ${size.titles} movies`);
      await runQueueEngine(installation, signal);
      const results = await contest(
        AUDIENCES.map(({ name, subscribers }) => ({
          name,
          measure: () => rateWith(context, installation, subscribers),
        })),
        { rounds: ROUNDS[mode], say, describe: (name, round) => `events: ${name}, round ${round + 1}` },
      );
      await installation.assertInStep();
      return report(context, results);
    } finally {
      await installation.close();
    }
  },
};

async function rateWith(
  context: BenchContext,
  installation: BenchInstallation,
  subscribers: number | undefined,
): Promise<number> {
  if (subscribers === undefined) return unchangedJobRate(context, installation);
  const api = await installation.startApi();
  const streams = await Promise.all(
    Array.from({ length: subscribers }, () => subscribe(api.value, installation)),
  );
  try {
    const rate = await unchangedJobRate(context, installation);
    if (streams.some((stream) => stream.heard() === 0)) throw new Error('a subscriber heard of no event');
    return rate;
  } finally {
    for (const stream of streams) stream.close();
    await api.stop();
  }
}

interface Subscriber {
  /** Bytes received. */
  heard(): number;
  close(): void;
}

async function subscribe(url: string, { config }: BenchInstallation): Promise<Subscriber> {
  const { adminUser, adminPassword = '' } = config.api;
  const login = await fetch(`${url}/login`, {
    method: 'POST',
    body: new URLSearchParams({ user: adminUser, password: adminPassword }),
    headers: { Origin: url },
    redirect: 'manual',
  });
  const cookie = login.headers
    .getSetCookie()
    .map((text) => text.split(';')[0] ?? '')
    .join('; ');
  const stopping = new AbortController();
  const response = await fetch(`${url}/api/v1/events`, {
    headers: { Accept: 'text/event-stream', Cookie: cookie },
    signal: stopping.signal,
  });
  if (!response.ok || response.body === null) throw new Error(`the event stream answered ${response.status}`);
  let bytes = 0;
  const reading = response.body.pipeTo(
    new WritableStream<Uint8Array>({ write: (chunk) => void (bytes += chunk.length) }),
  );
  // Ends with the abort, which is how a subscriber leaves.
  void reading.catch(() => undefined);
  return { heard: () => bytes, close: () => stopping.abort() };
}

function report({ mode }: BenchContext, results: ReadonlyMap<string, readonly number[]>) {
  const rates = (name: string): readonly number[] => results.get(name) ?? [];
  const [alone] = AUDIENCES;
  const costs = AUDIENCES.map(({ name }) => ({
    name,
    rate: spreadOf(rates(name)),
    share: spreadOf(ratios(rates(name), rates(alone.name))),
  }));
  const worst = worstOf(costs.map(({ share }) => remainder(share)));
  return {
    summary: `Jobs of ${number(SIZES[mode].titles)} unchanged movies with nobody listening, with an API process that stores the events, and with subscribers to its stream, ${ROUNDS[mode]} rounds. On a machine with few processors the API also takes time from the worker.`,
    tables: [
      {
        columns: ['', 'jobs per second', 'share'],
        rows: costs.map(({ name, rate, share }) => [name, spread(rate), spread(share, percent)]),
      },
    ],
    targets: [{ goal: 'at most 15 % cost', measured: spread(worst, percent), reached: worst.median <= 0.15 }],
    plots: [
      {
        kind: 'bars' as const,
        title: 'Throughput of jobs with and without events',
        x: 'audience',
        y: '% of the throughput without',
        points: costs.map(({ name, share: { median, min, max } }): PlotPoint => {
          return { series: 'measured', x: name, y: median * 100, low: min * 100, high: max * 100 };
        }),
      },
    ],
  };
}
