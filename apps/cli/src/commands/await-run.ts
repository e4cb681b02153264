import { EXIT_CODES } from '@reelsync/runtime';
import { followRun, type RequestReceipt } from '@reelsync/sync';
import { createRunProgress } from '../output/run-progress';
import { printRun } from '../output/print-run';
import { isSuccess } from '../output/run-report';
import type { Session } from '../session';

export interface RunOutputOptions {
  readonly json: boolean;
  readonly wait: boolean;
}

/** Of thousands of titles that fail for one reason, the first few say it. */
export const SHOWN_FAILURES = 10;

/** Prints what became of a request; with `wait`, follows its run to the end. The exit code is 1 when not all of it worked. */
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
      const failures =
        run.counts.failed === 0 ? [] : await database.runs.failures(run.id, { limit: SHOWN_FAILURES });
      printRun(run, failures, { json });
      if (!isSuccess(run)) process.exitCode = EXIT_CODES.failed;
    }
  } finally {
    progress.stop();
  }
}
