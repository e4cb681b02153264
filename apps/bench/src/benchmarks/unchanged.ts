import { countChanges, takeSnapshot } from '@reelsync/dev-installation';
import { request } from 'undici';
import { milliseconds, number, ratios, spread, spreadOf } from '@reelsync/sync';
import type { Benchmark, BenchContext, PlotPoint } from '../benchmark';
import { openDirectEngine } from '../engines/direct-engine';
import { runQueueEngine } from '../engines/run-queue-engine';
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
  readonly oursMs: readonly number[];
  /** Of one run through API, queue and worker, with the polling for its end. */
  readonly queued: OutsideCosts;
  readonly httpRequests: number;
  readonly databaseCommands: number;
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
  const costs: OutsideCosts[] = [];
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
      costs.push(await installation.cost(async () => void (await direct.run())));
    }
    const queued = await installation.cost(async () => void (await installation.scan(signal)));
    return {
      bareMs,
      oursMs: costs.map(({ durationMs }) => durationMs),
      httpRequests: Math.max(...costs.map(({ httpRequests }) => httpRequests)),
      databaseCommands: Math.max(...costs.map(({ databaseCommands }) => databaseCommands)),
      documentsChanged: countChanges(before, await takeSnapshot(installation.connection)),
      queued,
    };
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
      const { headers, body } = await request(url, { headers: { 'x-webhook-id': server.webhookId } });
      await body.dump({ limit: Number.MAX_SAFE_INTEGER });
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
        const { statusCode, body } = await request(url, {
          headers: { 'x-webhook-id': server.webhookId, 'if-none-match': etags.get(url) ?? '' },
        });
        await body.dump();
        if (statusCode !== 304) throw new Error(`${url} answered ${statusCode} instead of 304`);
      }),
    ),
  );
  return performance.now() - startedAt;
}

function report({ mode }: BenchContext, measured: readonly SecondRuns[]) {
  const listings = 2 * LISTINGS.length;
  const overBare = measured.map(({ oursMs, bareMs }) =>
    spreadOf(
      ratios(
        oursMs.map((time) => Math.max(0, time - ALLOWANCE_MS)),
        bareMs,
      ),
    ),
  );
  const worst = Math.max(...overBare.map(({ median }) => median));
  const commands = measured.map(({ databaseCommands }) => databaseCommands);
  const requests = Math.max(...measured.map(({ httpRequests }) => httpRequests));
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
          spread(spreadOf(one.oursMs), milliseconds),
          number(one.httpRequests),
          number(one.databaseCommands),
          milliseconds(one.queued.durationMs),
          number(one.queued.httpRequests),
          number(one.queued.databaseCommands),
          number(one.documentsChanged),
        ]),
      },
    ],
    targets: [
      {
        goal: 'one conditional request per listing',
        measured: `${requests} for ${listings} listings`,
        reached: requests === listings,
      },
      {
        goal: 'a constant number of database commands of the scan',
        measured: commands.map(number).join(' and '),
        reached: new Set(commands).size === 1,
      },
      {
        goal: 'no document written, apart from the record of the run',
        measured: `${changed} documents`,
        reached: changed === 0,
      },
      {
        goal: `within 1.3 times the bare GETs plus ${ALLOWANCE_MS} ms`,
        measured: `${number(worst)} times, after taking off ${ALLOWANCE_MS} ms`,
        reached: worst <= 1.3,
      },
    ],
    plots: [
      {
        kind: 'lines' as const,
        title: 'Second run over an unchanged library',
        x: 'movies in the library',
        y: 'milliseconds',
        points: measured.flatMap(({ titles, oursMs, bareMs }) =>
          [['scan', oursMs] as const, ['bare conditional GETs', bareMs] as const].map(
            ([series, times]): PlotPoint => {
              const { median, min, max } = spreadOf(times);
              return { series, x: titles, y: median, low: min, high: max };
            },
          ),
        ),
      },
    ],
  };
}
