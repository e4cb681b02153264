import { peakResidentBytes } from '@reelsync/sync';
import type { OutsideCosts } from '../stage/bench-installation';
import type { BenchContext } from '../benchmark';
import type { BenchInstallation } from '../stage/bench-installation';
import type { SampleServers } from '../stage/bench-installation';

const SIZES = { quick: [300, 1000], complete: [1000, 10_000, 100_000] } as const;
const CHANGES = { quick: 6, complete: 30 } as const;
const POLL_MS = 2;
/** A change that has not arrived by then never will: milliseconds. */
const PATIENCE_MS = 60_000;

/** One installation that was synchronised completely and then followed changes of single titles. */
export interface SizeFigures {
  readonly titles: number;
  /** Webhook sent to document changed, milliseconds, one per change. */
  readonly latenciesMs: readonly number[];
  /** Of one change, debounce included. */
  readonly costs: readonly OutsideCosts[];
  /** The bare download of the changed listing, milliseconds. */
  readonly transferMs: readonly number[];
  readonly apiPeakBytes: number;
  readonly workerPeakBytes: number;
}

/** The sweep takes minutes and two benchmarks read it: each context makes it once. */
const sweeps = new WeakMap<BenchContext, Promise<readonly SizeFigures[]>>();

export function sizeSweep(context: BenchContext): Promise<readonly SizeFigures[]> {
  const existing = sweeps.get(context);
  if (existing !== undefined) return existing;
  const sweep = measureSizes(context);
  sweeps.set(context, sweep);
  return sweep;
}

async function measureSizes(context: BenchContext): Promise<readonly SizeFigures[]> {
  const figures: SizeFigures[] = [];
  for (const titles of SIZES[context.mode]) {
    const servers = await context.stage.library({ titles, shows: 0 });
    const installation = await context.stage.install(servers);
    try {
      figures.push(await measureSize(context, titles, servers, installation));
    } finally {
      await installation.close();
    }
  }
  return figures;
}

async function measureSize(
  { mode, signal, say }: BenchContext,
  titles: number,
  servers: SampleServers,
  installation: BenchInstallation,
): Promise<SizeFigures> {
  const [api, worker] = await Promise.all([installation.startApi(), installation.startWorker()]);
  say(`size sweep: first synchronisation of ${titles} movies`);
  await installation.scan(signal);
  await installation.assertInStep();
  const [server] = servers;
  const changing = await titlesWithPoster(installation, server, CHANGES[mode] + 1);
  const latenciesMs: number[] = [];
  const transferMs: number[] = [];
  const costs: OutsideCosts[] = [];
  for (const [index, title] of changing.entries()) {
    if (index % 5 === 0) say(`size sweep: ${titles} movies, change ${index} of ${changing.length - 1}`);
    const before = await posterOf(installation, title);
    await server.control.library.replacePoster(title);
    let latency = 0;
    let looks = 0;
    const cost = await installation.cost(async () => {
      const sentAt = performance.now();
      const status = await server.control.sendSyncWebhook(api.value);
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
  await installation.assertInStep();
  const [apiPeakBytes, workerPeakBytes] = await Promise.all([
    peakResidentBytes(api.pid),
    peakResidentBytes(worker.pid),
  ]);
  return { titles, latenciesMs, transferMs, costs, apiPeakBytes, workerPeakBytes };
}

/** Some titles do not come as far as that: a folder called `version` is the listing's own version (contract §3). */
async function titlesWithPoster(
  installation: BenchInstallation,
  { oracle }: SampleServers[number],
  count: number,
): Promise<readonly string[]> {
  const titles: string[] = [];
  for (const title of oracle.library.movies.titles()) {
    const poster = await posterOf(installation, title);
    if (typeof poster === 'string') titles.push(title);
    if (titles.length === count) break;
  }
  return titles;
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

async function downloadListing({ nodeUrl, webhookId }: SampleServers[number]): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${nodeUrl}/media/movies`, { headers: { 'X-Webhook-ID': webhookId } });
  await response.arrayBuffer();
  return performance.now() - startedAt;
}
