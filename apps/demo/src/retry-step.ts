import { encodeTitleSegment } from '@reelsync/core';
import { runCli } from '@reelsync/dev-installation';
import type { DemoReport } from './demo-report';
import type { DemoStage } from './demo-steps';
import { producedRun } from './produced-run';
import { shellWord } from './shell-environment';
import { readRetry, readRunId } from './run-summary';

const SPECIAL_IN_PATTERNS = /[.*+?^${}()|[\]\\]/g;

/** One film fails because its server refuses its metadata; the server is mended, and the film retried. */
export async function retryFailedTitle(
  stage: DemoStage,
  title: string,
  signal: AbortSignal,
): Promise<DemoReport['producers']['retry']> {
  const { database, env, queues } = stage;
  const { failedRunId, code } = await failTitle(stage, title, signal);
  // The run knows of the failure a moment before the job is among the failed ones.
  await queues.untilIdle(signal);
  const { retried, runIds } = readRetry(await runCli(['retry', '--title', title], env, signal));
  const [runId] = runIds;
  if (retried !== 1 || runId === undefined)
    throw new Error(`${retried} failed jobs of '${title}' were retried`);
  const run = await producedRun(database, runId, signal);
  return { ...run, title, code, failedRunId, command: `reelsync retry --title ${shellWord(title)}` };
}

async function failTitle(
  { database, servers, env }: DemoStage,
  title: string,
  signal: AbortSignal,
): Promise<{ readonly failedRunId: string; readonly code: string }> {
  const [{ control }] = servers;
  const path = `/${encodeTitleSegment(title)}/metadata.json`;
  const fault = await control.faults.add({
    match: path.replaceAll(SPECIAL_IN_PATTERNS, '\\$&'),
    status: 400,
  });
  try {
    const failedRunId = readRunId(await runCli(['enqueue', 'movies', title, '--force'], env, signal));
    const [failure] = await database.runs.failures(failedRunId, { limit: 1 });
    if (failure === undefined) throw new Error(`'${title}' did not fail although its server refuses it`);
    return { failedRunId, code: failure.code };
  } finally {
    await control.faults.remove(fault);
  }
}
