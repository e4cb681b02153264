import { number, peakResidentBytes } from '@reelsync/sync';
import type { OutsideCosts } from '../stage/bench-installation';
import type { BenchContext, BenchMode } from '../benchmark';
import { bareGet } from '../measure/bare-request';
import { spreadOver } from '../measure/spread-over';
import type { BenchInstallation } from '../stage/bench-installation';
import type { SampleServers } from '../stage/bench-installation';

interface SweepSize {
  readonly titles: number;
  /** Each on an installation and processes of its own. */
  readonly rounds: number;
}

const SIZES: Readonly<Record<BenchMode, readonly SweepSize[]>> = {
  quick: [
    { titles: 300, rounds: 1 },
    { titles: 1000, rounds: 1 },
  ],
  complete: [
    { titles: 1000, rounds: 3 },
    { titles: 10_000, rounds: 3 },
    { titles: 100_000, rounds: 1 },
  ],
};
/** Per round. */
const CHANGES = { quick: 6, complete: 30 } as const;
const POLL_MS = 2;
/** A change that has not arrived by then never will: milliseconds. */
const PATIENCE_MS = 60_000;

/** One installation that was synchronised completely and then followed changes of single titles. */
export interface SweepRound {
  /** Webhook sent to document changed, milliseconds, one per change. */
  readonly latenciesMs: readonly number[];
  /** Of one change, debounce included. */
  readonly costs: readonly OutsideCosts[];
  /** The bare download of the changed listing, milliseconds, one per change. */
  readonly transferMs: readonly number[];
  readonly apiPeakBytes: number;
  readonly workerPeakBytes: number;
}

export interface SizeFigures {
  readonly titles: number;
  readonly rounds: readonly SweepRound[];
}

/** The sweep takes long and two benchmarks read it: each context makes it once. */
const sweeps = new WeakMap<BenchContext, Promise<readonly SizeFigures[]>>();

export function sizeSweep(context: BenchContext): Promise<readonly SizeFigures[]> {
  const existing = sweeps.get(context);
  if (existing !== undefined) return existing;
  const sweep = measureSizes(context);
  sweeps.set(context, sweep);
  return sweep;
}

/** How often each size was taken, for people. */
export function describeRounds(mode: BenchMode): string {
  const sizes = SIZES[mode].map(
    ({ titles, rounds }) => `${rounds} ${rounds === 1 ? 'round' : 'rounds'} with ${number(titles)} movies`,
  );
  const reason =
    mode === 'complete' ? ' (its first synchronisation takes about 20 minutes, so it is taken once)' : '';
  return `${sizes.join(', ')}${reason}, each on a fresh installation`;
}

export function changesPerRound(mode: BenchMode): number {
  return CHANGES[mode];
}

async function measureSizes(context: BenchContext): Promise<readonly SizeFigures[]> {
  const figures: SizeFigures[] = [];
  for (const { titles, rounds } of SIZES[context.mode]) {
    const servers = await context.stage.library({ titles, shows: 0 });
    const measured: SweepRound[] = [];
    for (let round = 0; round < rounds; round += 1)
      measured.push(await measureRound(context, `${titles} movies, round ${round + 1}`, servers));
    figures.push({ titles, rounds: measured });
  }
  return figures;
}

async function measureRound(
  context: BenchContext,
  label: string,
  servers: SampleServers,
): Promise<SweepRound> {
  const installation = await context.stage.install(servers);
  try {
    const [api, worker] = await Promise.all([installation.startApi(), installation.startWorker()]);
    context.say(`size sweep: ${label}: first synchronisation`);
    await installation.scan(context.signal);
    await installation.assertInStep();
    const changes = await measureChanges(context, { label, servers, installation, apiUrl: api.value });
    await installation.assertInStep();
    const [apiPeakBytes, workerPeakBytes] = await Promise.all([
      peakResidentBytes(api.pid),
      peakResidentBytes(worker.pid),
    ]);
    return { ...changes, apiPeakBytes, workerPeakBytes };
  } finally {
    await installation.close();
  }
}

interface SynchronisedSize {
  readonly label: string;
  readonly servers: SampleServers;
  readonly installation: BenchInstallation;
  readonly apiUrl: string;
}

async function measureChanges(
  { mode, say }: BenchContext,
  { label, servers, installation, apiUrl }: SynchronisedSize,
): Promise<Pick<SweepRound, 'latenciesMs' | 'costs' | 'transferMs'>> {
  const [server] = servers;
  const changing = await titlesWithPoster(installation, server, CHANGES[mode] + 1);
  const latenciesMs: number[] = [];
  const transferMs: number[] = [];
  const costs: OutsideCosts[] = [];
  for (const [index, title] of changing.entries()) {
    if (index % 5 === 0) say(`size sweep: ${label}: change ${index} of ${changing.length - 1}`);
    const before = await posterOf(installation, title);
    await server.control.library.replacePoster(title);
    let latency = 0;
    let looks = 0;
    const cost = await installation.cost(async () => {
      const sentAt = performance.now();
      const status = await server.control.sendSyncWebhook(apiUrl);
      if (status !== 202) throw new Error(`the webhook was answered with ${status}`);
      looks = await arrival(installation, title, before);
      latency = performance.now() - sentAt;
    });
    await quiet(installation);
    // The first change warms up: code paths that the first synchronisation did not take.
    if (index === 0) continue;
    latenciesMs.push(latency);
    costs.push({ ...cost, databaseCommands: cost.databaseCommands - looks });
    transferMs.push(await downloadListing(server));
  }
  return { latenciesMs, transferMs, costs };
}

/**
 * Spread over the whole listing, so that a place in it favours nobody. Some titles have no poster or do not come as far as
 * that: a folder called `version` is the listing's own version (contract §3).
 */
function titlesWithPoster(
  installation: BenchInstallation,
  { oracle }: SampleServers[number],
  count: number,
): Promise<readonly string[]> {
  return spreadOver(
    [...oracle.library.movies.titles()],
    count,
    async (title) => typeof (await posterOf(installation, title)) === 'string',
  );
}

async function posterOf({ connection }: BenchInstallation, title: string): Promise<unknown> {
  const document = await connection.catalogue
    .collection('FlatMovies')
    .findOne({ originalTitle: title }, { projection: { posterURL: 1 } });
  return document?.['posterURL'];
}

/** Returns how often it had to look, so that looking is not counted as work. */
async function arrival(installation: BenchInstallation, title: string, before: unknown): Promise<number> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let looks = 1; ; looks += 1) {
    if ((await posterOf(installation, title)) !== before) return looks;
    if (performance.now() > giveUpAt) throw new Error(`the change of '${title}' did not arrive`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Until every run has ended, so that one change does not wait for another. */
async function quiet({ database }: BenchInstallation): Promise<void> {
  for (;;) {
    const [latest] = await database.runs.list({ limit: 1 });
    if (latest === undefined || latest.status !== 'running') return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function downloadListing(server: SampleServers[number]): Promise<number> {
  const startedAt = performance.now();
  await bareGet(`${server.nodeUrl}/media/movies`, server);
  return performance.now() - startedAt;
}
