import { setTimeout as delay } from 'node:timers/promises';
import { runCli } from '@reelsync/dev-installation';
import { changePoster } from './changed-movies';
import type { DemoReport } from './demo-report';
import type { DemoStage } from './demo-steps';
import { producedRun } from './produced-run';

/** Often enough that nobody waits long for a tick; until their step the demo keeps these schedules paused. */
export const SCAN_INTERVAL = '2s';
export const SCAN_SCHEDULES = ['scan/default', 'scan/server2'] as const;

const TICK_DEADLINE_MS = 60_000;
const POLL_INTERVAL_MS = 50;

/**
 * Changes the poster of a film on the first server, which tells nobody, and lets the schedule that scans this server tick
 * until one tick has started a run.
 */
export async function changeBySchedule(
  stage: DemoStage,
  title: string,
  signal: AbortSignal,
): Promise<DemoReport['producers']['schedule']> {
  const { database, servers, env } = stage;
  const [schedule] = SCAN_SCHEDULES;
  const { outstanding } = await changePoster(database, servers, title);
  const resumedAt = new Date();
  await runCli(['schedules', 'resume', schedule], env, signal);
  const runId = await startedRun(stage, schedule, resumedAt, signal);
  const run = await producedRun(database, runId, signal);
  await runCli(['schedules', 'pause', schedule], env, signal);
  if ((await outstanding()) > 0)
    throw new Error(`The scan by schedule did not bring the change of '${title}'`);
  return { ...run, schedule, title };
}

async function startedRun(
  { database }: DemoStage,
  schedule: string,
  since: Date,
  signal: AbortSignal,
): Promise<string> {
  const deadline = performance.now() + TICK_DEADLINE_MS;
  while (performance.now() < deadline) {
    const { lastTick } = await database.schedules.load(schedule);
    if (lastTick !== undefined && lastTick.at >= since && lastTick.runId !== undefined) return lastTick.runId;
    await delay(POLL_INTERVAL_MS, undefined, { signal });
  }
  throw new Error(`The schedule ${schedule} did not tick`);
}
