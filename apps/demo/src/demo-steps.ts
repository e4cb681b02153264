import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseAdapter, DatabaseConnection } from '@reelsync/database';
import { countWritesSince } from './count-writes';
import { readRunCounts, type DemoReport, type RunCounts } from './demo-report';
import { runCli } from './reelsync-processes';
import type { DemoServer } from './sample-servers';

/** What the steps work on. */
export interface DemoStage {
  readonly env: NodeJS.ProcessEnv;
  readonly connection: DatabaseConnection;
  readonly database: DatabaseAdapter;
  readonly servers: readonly [DemoServer, DemoServer];
  readonly apiUrl: string;
}

const WEBHOOK_DEADLINE_MS = 30_000;
const POLL_INTERVAL_MS = 10;

/** Reads both listings and syncs every dirty title, through the CLI. */
export async function syncOnce({ env }: DemoStage, signal: AbortSignal): Promise<RunCounts> {
  return readRunCounts(await runCli(['scan'], env, signal));
}

/** The same again: nothing has changed, so nothing may be written and each listing asked for once. */
export async function syncAgain(stage: DemoStage, signal: AbortSignal): Promise<DemoReport['secondRun']> {
  await Promise.all(stage.servers.map(({ control }) => control.resetStats()));
  const startedAt = new Date();
  const counts = await syncOnce(stage, signal);
  const stats = await Promise.all(stage.servers.map(({ control }) => control.stats()));
  return {
    ...counts,
    documentWrites: await countWritesSince(stage.connection, startedAt),
    listingRequests: stats.reduce((sum, { classes }) => sum + classes.listing.requests, 0),
  };
}

/** Changes a poster and some metadata on the first server, lets that server send its webhook, and waits for the change. */
export async function changeByWebhook(
  { database, servers, apiUrl }: DemoStage,
  signal: AbortSignal,
): Promise<DemoReport['webhook']> {
  const [server] = servers;
  const title = await titleOwnedBy(database, server.id);
  const displayTitle = `${title} (Director's Cut ${server.oracle.library.revision + 1})`;
  await server.control.library.replacePoster(title);
  await server.control.library.editMetadata(title, { title: displayTitle });
  const sentAt = performance.now();
  const status = await server.control.sendSyncWebhook(apiUrl);
  if (status !== 202) throw new Error(`The API answered the webhook with ${status}`);
  while ((await database.movies.findByOriginalTitle(title))?.['title'] !== displayTitle) {
    if (performance.now() - sentAt > WEBHOOK_DEADLINE_MS)
      throw new Error(`The change of '${title}' did not arrive`);
    await delay(POLL_INTERVAL_MS, undefined, { signal });
  }
  return { title, latencyMs: Math.round(performance.now() - sentAt) };
}

/** A title whose metadata and poster the server owns, so that its change must show. */
async function titleOwnedBy(database: DatabaseAdapter, serverId: string): Promise<string> {
  for await (const { originalTitle } of database.movies.findAll(
    { metadataSource: serverId, posterSource: serverId },
    { limit: 1 },
  )) {
    return originalTitle;
  }
  throw new Error(`No movie of the catalogue belongs to server '${serverId}'`);
}
