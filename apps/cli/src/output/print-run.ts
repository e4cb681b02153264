import type { Run, UnitFailure } from '@reelsync/database';
import { problemsOf, reportRun, runTable } from './run-report';

/** A run on stdout, what went wrong in it on stderr. */
export function printRun(
  run: Run,
  failures: readonly UnitFailure[],
  { json }: { readonly json: boolean },
): void {
  const report = reportRun(run, failures, new Date());
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${runTable(report)}\n`);
  for (const problem of problemsOf(run, failures)) process.stderr.write(`${problem}\n`);
  if (run.note !== undefined) process.stderr.write(`${run.note}\n`);
}
