import { runCli } from '@reelsync/dev-installation';
import type { DemoReport } from './demo-report';
import { readRunId } from './run-summary';
import type { DemoStage } from './demo-steps';
import { producedRun } from './produced-run';

const BULK = ['enqueue', 'movies', '--all'] as const;

/** Puts every film that a server lists on the queue, as a person would type it. */
export async function enqueueAll(
  { database, env }: DemoStage,
  signal: AbortSignal,
): Promise<DemoReport['producers']['bulk']> {
  const runId = readRunId(await runCli(BULK, env, signal));
  return { ...(await producedRun(database, runId, signal)), command: `reelsync ${BULK.join(' ')}` };
}
