import type { DatabaseAdapter, DatabaseConnection } from '@reelsync/database';
import { countChanges, runCli, takeSnapshot, type SampleServerProcess } from '@reelsync/dev-installation';
import type { DemoQueues } from './demo-queues';
import type { DemoReport } from './demo-report';
import { readRunSummary, type RunSummary } from './run-summary';

/** What the steps work on. */
export interface DemoStage {
  readonly env: NodeJS.ProcessEnv;
  readonly connection: DatabaseConnection;
  readonly database: DatabaseAdapter;
  readonly queues: DemoQueues;
  readonly servers: readonly [SampleServerProcess, SampleServerProcess];
  readonly apiUrl: string;
}

/** Reads all listings and syncs every dirty title, through the CLI. */
export async function syncOnce({ env }: DemoStage, signal: AbortSignal): Promise<RunSummary> {
  return readRunSummary(await runCli(['scan'], env, signal));
}

/** The same again: nothing has changed, so nothing may be written and each listing asked for once. */
export async function syncAgain(stage: DemoStage, signal: AbortSignal): Promise<DemoReport['secondRun']> {
  await stage.queues.untilIdle(signal);
  const before = await takeSnapshot(stage.connection);
  await Promise.all(stage.servers.map(({ control }) => control.resetStats()));
  const counts = await syncOnce(stage, signal);
  await stage.queues.untilIdle(signal);
  const stats = await Promise.all(stage.servers.map(({ control }) => control.stats()));
  return {
    ...counts,
    documentWrites: countChanges(before, await takeSnapshot(stage.connection)),
    listingRequests: stats.reduce((sum, { classes }) => sum + classes.listing.requests, 0),
  };
}
