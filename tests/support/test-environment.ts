import { TestEnvironment } from 'jest-environment-node';

/** Of Istanbul's coverage of one source file: how often each statement, function and branch ran. */
interface Counters {
  readonly s: Readonly<Record<string, number>>;
  readonly f: Readonly<Record<string, number>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}

/** By source file: which counters this worker has reported as hit. Test files come and go, their worker stays. */
const reported = new Map<string, readonly boolean[]>();

/** Whether something of the file is covered that the worker has not reported yet; notes it as reported. */
function isNews(path: string, { s, f, b }: Counters): boolean {
  const hits = [...Object.values(s), ...Object.values(f), ...Object.values(b).flat()];
  const known = reported.get(path);
  reported.set(
    path,
    hits.map((count, index) => count > 0 || known?.[index] === true),
  );
  return known === undefined || hits.some((count, index) => count > 0 && known[index] !== true);
}

/**
 * Node's environment, but a test file hands over the coverage of those sources only of which it covers something that
 * no earlier file of its worker did. Jest copies, sends and merges all that is handed over after every test file, with
 * the positions of all statements and the source text: for the packages as a whole that is more work than many of
 * the files. The report says as exactly as before what is covered, but not how often.
 */
export default class CoverageNewsEnvironment extends TestEnvironment {
  /** `teardown` is the last event of a test file; Jest takes the coverage after it. */
  handleTestEvent({ name }: { readonly name: string }): void {
    const coverage = this.global.__coverage__;
    // Undefined when no coverage is measured, whatever the type says.
    if (name !== 'teardown' || (coverage as unknown) === undefined) return;
    this.global.__coverage__ = Object.fromEntries(
      Object.entries(coverage).filter(([path, file]) => isNews(path, file)),
    );
  }
}
