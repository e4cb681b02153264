import type { UnitFailure } from '@reelsync/database';
import { print, type OutputOptions } from './print';
import { problemsOf, reportRun, runTable, type ReportedRun } from './run-report';

/** A run on stdout, what went wrong in it on stderr. */
export function printRun(run: ReportedRun, failures: readonly UnitFailure[], options: OutputOptions): void {
  const report = reportRun(run, failures, new Date());
  print(report, options, () => runTable(report));
  for (const problem of problemsOf(run, failures)) process.stderr.write(`${problem}\n`);
  if (run.note !== undefined && !options.json) process.stderr.write(`${run.note}\n`);
}
