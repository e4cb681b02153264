import type { OutputOf } from '@reelsync/admin';
import { EXIT_CODES } from '@reelsync/runtime';
import { followRun } from '@reelsync/sync';
import type { ClientSession } from '../client-session';
import { print } from '../output/print';
import { createRunProgress } from '../output/run-progress';
import { isSuccess, problemsOf, reportRun, runTable } from '../output/run-report';

export interface RunOutputOptions {
  readonly json: boolean;
  readonly wait: boolean;
}

/** Of thousands of titles that fail for one reason, the first few say it. */
export const SHOWN_FAILURES = 10;

/** Prints what became of a request; with `wait`, follows its run to the end. The exit code is 1 when not all of it worked. */
export async function awaitRun(
  { client, signal }: ClientSession,
  receipt: OutputOf<'requestSync'>,
  options: RunOutputOptions,
): Promise<void> {
  if (!options.wait) {
    print(receipt, options, () => `Run ${receipt.runId} ${receipt.status}.`);
    return;
  }
  const progress = createRunProgress(process.stderr);
  const runs = { get: (runId: string) => client.getRun({ runId }, { signal }) };
  try {
    for await (const run of followRun(runs, receipt.runId, { signal })) {
      progress.update(run);
      if (run.status === 'running') continue;
      progress.stop();
      const { items: failures } =
        run.counts.failed === 0
          ? { items: [] }
          : await client.listRunFailures({ runId: run.id, limit: SHOWN_FAILURES }, { signal });
      const report = reportRun(run, failures, new Date());
      print(report, options, () => runTable(report));
      for (const problem of problemsOf(run, failures)) process.stderr.write(`${problem}\n`);
      if (!isSuccess(run)) process.exitCode = EXIT_CODES.failed;
    }
  } finally {
    progress.stop();
  }
}
