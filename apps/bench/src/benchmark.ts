import type { BenchStage } from './stage/bench-stage';

export const BENCHMARK_NAMES = [
  'full',
  'unchanged',
  'one-change',
  'queue-overhead',
  'memory',
  'scale-out',
  'events',
  'faults',
] as const;
export type BenchmarkName = (typeof BENCHMARK_NAMES)[number];

/** Sizes and rounds of one call of `npm run bench`. */
export type BenchMode = 'quick' | 'complete';

/** A goal of the project and what was measured against it. */
export interface TargetResult {
  /** `at least 10 times faster than flat sync at 5 ms latency` */
  readonly goal: string;
  /** With unit: `12.3 times`. */
  readonly measured: string;
  readonly reached: boolean;
}

/** A table of the report; cells are text with units. */
export interface ReportTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A bar per label and series, or a line per series over numeric labels. */
export interface ReportPlot {
  readonly kind: 'bars' | 'lines';
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly logarithmic?: boolean;
  readonly points: readonly PlotPoint[];
}

export interface PlotPoint {
  readonly series: string;
  readonly x: string | number;
  /** Median over the rounds. */
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

export interface BenchmarkResult {
  /** One sentence: what was measured, on how much, how often. */
  readonly summary: string;
  readonly tables: readonly ReportTable[];
  readonly targets: readonly TargetResult[];
  readonly plots: readonly ReportPlot[];
}

export interface BenchContext {
  readonly mode: BenchMode;
  readonly stage: BenchStage;
  readonly signal: AbortSignal;
  /** Progress, for people. */
  readonly say: (line: string) => void;
}

export interface Benchmark {
  readonly name: BenchmarkName;
  /** Throws when what it measures gives a wrong result: a fast wrong answer is no answer. */
  run(context: BenchContext): Promise<BenchmarkResult>;
}
