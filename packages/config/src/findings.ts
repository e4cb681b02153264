/** Collects everything that is wrong, so that one start shows it all. Lines never hold a configured value. */
export class Findings {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  problem(...lines: readonly string[]): void {
    this.problems.push(...lines);
  }

  warn(...lines: readonly string[]): void {
    this.warnings.push(...lines);
  }
}
