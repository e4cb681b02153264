import { countChanges, takeSnapshot } from '@reelsync/dev-installation';
import { milliseconds, number, ratios, spread, spreadOf, type Spread } from '@reelsync/sync';
import type { Benchmark, BenchContext, PlotPoint } from '../benchmark';
import { openDirectEngine } from '../engines/direct-engine';
import { runQueueEngine } from '../engines/run-queue-engine';
import { bareGet } from '../measure/bare-request';
import { worstOf } from '../measure/over-rounds';
import type { BenchInstallation, OutsideCosts, SampleServers } from '../stage/bench-installation';

const SIZES = {
  quick: [
    { titles: 100, shows: 2 },
    { titles: 200, shows: 4 },
  ],
  complete: [
    { titles: 1000, shows: 20 },
    { titles: 10_000, shows: 200 },
  ],
} as const;
const ROUNDS = { quick: 3, complete: 10 } as const;
const LISTINGS = ['movies', 'tv'] as const;
/** What the goal allows besides the factor: milliseconds. */
const ALLOWANCE_MS = 50;

interface SecondRuns {
  readonly titles: number;
  readonly bareMs: readonly number[];
  /** Of the scan itself. */
  readonly ours: readonly OutsideCosts[];
  /** Of runs through queue and worker, with the polling for their end. */
  readonly queued: readonly OutsideCosts[];
  readonly documentsChanged: number;
}

/** The second run over an unchanged library, against the bare conditional requests that nobody can do without. */
export const unchanged: Benchmark = {
  name: 'unchanged',
  run: async (context) => {
    const measured: SecondRuns[] = [];
    for (const size of SIZES[context.mode]) {
      const servers = await context.stage.library(size);
      context.say(`unchanged: first synchronisation of ${size.titles} movies`);
      const installation = await context.stage.install(servers);
      try {
        await runQueueEngine(installation, context.signal);
        measured.push({ titles: size.titles, ...(await measure(context, servers, installation)) });
        await installation.assertInStep();
      } finally {
        await installation.close();
      }
    }
    return report(context, measured);
  },
};

async function measure(
  { mode, signal, say }: BenchContext,
  servers: SampleServers,
  installation: BenchInstallation,
): Promise<Omit<SecondRuns, 'titles'>> {
  const etags = await currentEtags(servers);
  const bareMs: number[] = [];
  const ours: OutsideCosts[] = [];
  const queued: OutsideCosts[] = [];
  const worker = await installation.startWorker();
  // In this process, as the bare requests are: neither side starts anything within its time.
  const direct = await openDirectEngine(installation.config, []);
  try {
    await direct.run();
    await bareRequests(servers, etags);
    const before = await takeSnapshot(installation.connection);
    for (let round = 0; round < ROUNDS[mode]; round += 1) {
      say(`unchanged: round ${round + 1}`);
      bareMs.push(await bareRequests(servers, etags));
      ours.push(await installation.cost(async () => void (await direct.run())));
    }
    // Afterwards: what a run leaves to do once it has ended must not fall into the next scan.
    for (let round = 0; round < ROUNDS[mode]; round += 1) {
      say(`unchanged: through the queue, round ${round + 1}`);
      queued.push(await installation.cost(async () => void (await installation.scan(signal))));
    }
    const documentsChanged = countChanges(before, await takeSnapshot(installation.connection));
    return { bareMs, ours, queued, documentsChanged };
  } finally {
    await direct.close();
    await worker.stop();
  }
}

async function currentEtags(servers: SampleServers): Promise<ReadonlyMap<string, string>> {
  const etags = new Map<string, string>();
  for (const server of servers) {
    for (const listing of LISTINGS) {
      const url = `${server.nodeUrl}/media/${listing}`;
      const { headers } = await bareGet(url, server);
      etags.set(url, String(headers['etag']));
    }
  }
  return etags;
}

/** One conditional GET per listing, side by side; returns milliseconds. */
async function bareRequests(servers: SampleServers, etags: ReadonlyMap<string, string>): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(
    servers.flatMap((server) =>
      LISTINGS.map(async (listing) => {
        const url = `${server.nodeUrl}/media/${listing}`;
        const { statusCode } = await bareGet(url, server, { 'if-none-match': etags.get(url) ?? '' });
        if (statusCode !== 304) throw new Error(`${url} answered ${statusCode} instead of 304`);
      }),
    ),
  );
  return performance.now() - startedAt;
}

function report({ mode }: BenchContext, measured: readonly SecondRuns[]) {
  const listings = 2 * LISTINGS.length;
  const overBare = measured.map(({ ours, bareMs }) =>
    spreadOf(
      ratios(
        ours.map(({ durationMs }) => Math.max(0, durationMs - ALLOWANCE_MS)),
        bareMs,
      ),
    ),
  );
  const worst = worstOf(overBare);
  const commands = measured.map(({ ours }) => costSpread(ours, 'databaseCommands'));
  const requests = spreadOf(measured.flatMap(({ ours }) => ours.map(({ httpRequests }) => httpRequests)));
  const changed = measured.reduce((sum, { documentsChanged }) => sum + documentsChanged, 0);
  return {
    summary: `Second run over an unchanged library on two servers, ${ROUNDS[mode]} rounds at each size. The time is that of the scan itself, in a process that is warm, as are the bare requests; a run through the queue adds its debounce and the polling for its end.`,
    tables: [
      {
        columns: [
          'movies',
          'bare conditional GETs',
          'scan',
          'HTTP requests',
          'database commands',
          'run through the queue',
          'its HTTP requests',
          'its database commands',
          'documents changed',
        ],
        rows: measured.map((one) => [
          number(one.titles),
          spread(spreadOf(one.bareMs), milliseconds),
          ...[one.ours, one.queued].flatMap((costs) => [
            spread(costSpread(costs, 'durationMs'), milliseconds),
            spread(costSpread(costs, 'httpRequests')),
            spread(costSpread(costs, 'databaseCommands')),
          ]),
          number(one.documentsChanged),
        ]),
      },
    ],
    targets: [
      {
        goal: 'one conditional request per listing',
        measured: `${spread(requests)} for ${listings} listings`,
        reached: requests.min === listings && requests.max === listings,
      },
      {
        goal: 'a constant number of database commands of the scan',
        measured: commands.map((one) => spread(one)).join(' and '),
        reached: new Set(commands.flatMap(({ min, max }) => [min, max])).size === 1,
      },
      {
        goal: 'no document written, apart from the record of the run',
        measured: `${changed} documents`,
        reached: changed === 0,
      },
      {
        goal: `within 1.3 times the bare GETs plus ${ALLOWANCE_MS} ms`,
        measured: `${spread(worst)} times, after taking off ${ALLOWANCE_MS} ms`,
        reached: worst.median <= 1.3,
      },
    ],
    plots: [
      {
        kind: 'lines' as const,
        title: 'Second run over an unchanged library',
        x: 'movies in the library',
        y: 'milliseconds',
        points: measured.flatMap(({ titles, ours, bareMs }) =>
          [
            ['scan', costSpread(ours, 'durationMs')] as const,
            ['bare conditional GETs', spreadOf(bareMs)] as const,
          ].map(([series, { median, min, max }]): PlotPoint => {
            return { series, x: titles, y: median, low: min, high: max };
          }),
        ),
      },
    ],
  };
}

function costSpread(costs: readonly OutsideCosts[], figure: keyof OutsideCosts): Spread {
  return spreadOf(costs.map((cost) => cost[figure]));
}
