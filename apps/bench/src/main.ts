import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { BENCHMARK_NAMES, type Benchmark, type BenchmarkName, type BenchMode } from './benchmark';
import { events } from './benchmarks/events';
import { faults } from './benchmarks/faults';
import { full } from './benchmarks/full';
import { memory } from './benchmarks/memory';
import { oneChange } from './benchmarks/one-change';
import { queueOverhead } from './benchmarks/queue-overhead';
import { scaleOut } from './benchmarks/scale-out';
import { unchanged } from './benchmarks/unchanged';
import { describeMachine } from './report/machine';
import type { ResultEntry, Results } from './report/results-file';
import { writeReport } from './report/write-report';
import { BenchStage } from './stage/bench-stage';

/** Those that share a size sweep stand side by side. */
const BENCHMARKS: readonly Benchmark[] = [
  full,
  unchanged,
  oneChange,
  memory,
  queueOverhead,
  scaleOut,
  events,
  faults,
];

const ROOT = join(__dirname, '..', '..', '..');

interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly only?: readonly BenchmarkName[];
  readonly docs: string;
}

const program = new Command('bench')
  .description('Measures speed, memory and failures as ratios, and writes docs/benchmarks.md')
  .option('--quick', 'small libraries and few rounds: under four minutes', false)
  .option('--json', 'one JSON object on stdout', false)
  .addOption(new Option('--only <names...>', 'only these').choices(BENCHMARK_NAMES))
  .option('--docs <folder>', 'where the page and its plots go', join(ROOT, 'docs'))
  .action(async (options: Options) => {
    const controller = new AbortController();
    process.once('SIGINT', () => controller.abort(new Error('interrupted')));
    await bench(options, controller.signal);
  });

async function bench({ quick, json, only, docs }: Options, signal: AbortSignal): Promise<void> {
  const mode: BenchMode = quick ? 'quick' : 'complete';
  const startedAt = Date.now();
  // Now: whoever commits meanwhile changes nothing of what is measured.
  const commit = currentCommit();
  const say = (line: string): void => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    process.stderr.write(`[${seconds} s] ${line}\n`);
  };
  const stage = await BenchStage.open(say);
  const results: Results = {};
  try {
    const context = { mode, stage, signal, say };
    for (const benchmark of BENCHMARKS) {
      if (only !== undefined && !only.includes(benchmark.name)) continue;
      signal.throwIfAborted();
      const result = await benchmark.run(context);
      const entry = {
        mode,
        measuredAt: new Date().toISOString(),
        commit,
        machine: describeMachine(stage.services),
        result,
      };
      results[benchmark.name] = entry;
      // Each by itself: the complete ones take hours together, and what ends the next must not cost this one.
      const page = await writeReport(docs, { [benchmark.name]: entry });
      say(`${benchmark.name} is in ${page}`);
      if (!json) print(benchmark.name, entry);
    }
  } finally {
    await stage.close();
  }
  if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
}

function print(name: BenchmarkName, entry: ResultEntry): void {
  process.stdout.write(`\n${name}: ${entry.result.summary}\n`);
  for (const { columns, rows } of entry.result.tables) {
    const table = new Table({ head: [...columns], style: { head: [], border: [] } });
    for (const row of rows) table.push([...row]);
    process.stdout.write(`${table.toString()}\n`);
  }
  for (const { goal, measured, reached } of entry.result.targets)
    process.stdout.write(`${reached ? 'reached    ' : 'NOT REACHED'}  ${goal}: ${measured}\n`);
}

function currentCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    // A checkout without git, from an archive.
    return 'unknown';
  }
}

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
