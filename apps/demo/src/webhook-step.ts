import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseAdapter } from '@reelsync/database';
import { changeEpisode } from './changed-episode';
import { changeMovies } from './changed-movies';
import type { DemoReport } from './demo-report';
import type { DemoStage } from './demo-steps';
import { producedRun, type ProducedRun } from './produced-run';

const WEBHOOK_DEADLINE_MS = 30_000;
const POLL_INTERVAL_MS = 10;
const RECENT_RUNS = 20;

/**
 * Changes three films and one episode on the first server, lets that server send its webhook once, and waits until all of
 * them show in the catalogue.
 */
export async function changeByWebhook(
  { database, servers, apiUrl }: DemoStage,
  signal: AbortSignal,
): Promise<DemoReport['webhook'] & { readonly run: ProducedRun }> {
  const [server] = servers;
  const { title, titles, outstanding } = await changeMovies(database, servers);
  const { episode, hasArrived } = await changeEpisode(database, servers);
  const what = `${titles.map((name) => `'${name}'`).join(', ')} and of an episode of '${episode.show}'`;
  if ((await outstanding()) !== titles.length || (await hasArrived()))
    throw new Error(`The changes of ${what} would not show in the catalogue`);

  const requestedAt = new Date();
  const sentAt = performance.now();
  const status = await server.control.sendSyncWebhook(apiUrl);
  if (status !== 202) throw new Error(`The API answered the webhook with ${status}`);
  while ((await outstanding()) > 0 || !(await hasArrived())) {
    if (performance.now() - sentAt > WEBHOOK_DEADLINE_MS)
      throw new Error(`Not all changes of ${what} arrived`);
    await delay(POLL_INTERVAL_MS, undefined, { signal });
  }
  const latencyMs = Math.round(performance.now() - sentAt);
  return { title, latencyMs, titles, episode, run: await webhookRun(database, requestedAt, signal) };
}

async function webhookRun(database: DatabaseAdapter, since: Date, signal: AbortSignal): Promise<ProducedRun> {
  const recent = await database.runs.list({ limit: RECENT_RUNS });
  const run = recent.findLast(({ trigger, startedAt }) => trigger === 'webhook' && startedAt >= since);
  if (run === undefined) throw new Error('The webhook left no run');
  return producedRun(database, run.id, signal);
}
