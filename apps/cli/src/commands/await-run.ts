import { followRun, type RequestReceipt } from '@reelsync/sync';
import { createRunProgress } from '../output/run-progress';
import { reportRun, runTable } from '../output/run-report';
import type { Session } from '../session';

export interface RunOutputOptions {
  readonly json: boolean;
  readonly wait: boolean;
}

/** Prints what became of a request; with `wait`, follows its run to the end. Failed units make the exit code 1. */
export async function awaitRun(
  { database, signal }: Session,
  receipt: RequestReceipt,
  { json, wait }: RunOutputOptions,
): Promise<void> {
  if (!wait) {
    process.stdout.write(json ? `${JSON.stringify(receipt)}\n` : `Run ${receipt.runId} ${receipt.status}.\n`);
    return;
  }
  const progress = createRunProgress(process.stderr);
  try {
    for await (const run of followRun(database.runs, receipt.runId, { signal })) {
      progress.update(run);
      if (run.status === 'running') continue;
      progress.stop();
      const report = reportRun(run, new Date());
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${runTable(report)}\n`);
      if (run.error !== undefined) process.stderr.write(`${run.error.code}: ${run.error.message}\n`);
      if (report.failed > 0 || report.status === 'failed') process.exitCode = 1;
    }
  } finally {
    progress.stop();
  }
}
