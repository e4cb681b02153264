import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { BENCHMARK_NAMES, type BenchmarkName, type BenchmarkResult, type BenchMode } from '../benchmark';

const resultSchema = z.object({
  summary: z.string(),
  tables: z.array(z.object({ columns: z.array(z.string()), rows: z.array(z.array(z.string())) })),
  targets: z.array(z.object({ goal: z.string(), measured: z.string(), reached: z.boolean() })),
  plots: z.array(
    z.object({
      kind: z.enum(['bars', 'lines']),
      title: z.string(),
      x: z.string(),
      y: z.string(),
      logarithmic: z.boolean().exactOptional(),
      points: z.array(
        z.object({
          series: z.string(),
          x: z.union([z.string(), z.number()]),
          y: z.number(),
          low: z.number(),
          high: z.number(),
        }),
      ),
    }),
  ),
});

const entrySchema = z.object({
  mode: z.enum(['quick', 'complete']),
  measuredAt: z.string(),
  commit: z.string(),
  machine: z.string(),
  result: resultSchema,
});

/** One benchmark's latest result and where it was measured. */
export interface ResultEntry {
  readonly mode: BenchMode;
  readonly measuredAt: string;
  readonly commit: string;
  readonly machine: string;
  readonly result: BenchmarkResult;
}

const fileSchema = z.partialRecord(z.enum(BENCHMARK_NAMES), entrySchema);
export type Results = Partial<Record<BenchmarkName, ResultEntry>>;

/** Results of earlier calls; none when there is no file yet. */
export async function readResults(file: string): Promise<Results> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
  return fileSchema.parse(JSON.parse(text));
}
