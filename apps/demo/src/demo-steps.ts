import type { DatabaseAdapter, DatabaseConnection } from '@reelsync/database';
import { runCli, type SampleServerProcess } from '@reelsync/dev-installation';
import { countChanges, takeSnapshot } from './database-snapshot';
import type { DemoQueues } from './demo-queues';
import { readRunCounts, type DemoReport, type RunCounts } from './demo-report';

/** What the steps work on. */
export interface DemoStage {
  readonly env: NodeJS.ProcessEnv;
  readonly connection: DatabaseConnection;
  readonly database: DatabaseAdapter;
  readonly queues: DemoQueues;
  readonly servers: readonly [SampleServerProcess, SampleServerProcess];
  readonly apiUrl: string;
}

/** Reads both listings and syncs every dirty title, through the CLI. */
export async function syncOnce({ env }: DemoStage, signal: AbortSignal): Promise<RunCounts> {
  return readRunCounts(await runCli(['scan'], env, signal));
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
