import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BENCHMARK_NAMES, type BenchmarkName, type ReportTable } from '../benchmark';
import { renderPlot } from './plot';
import { readResults, type ResultEntry, type Results } from './results-file';

/** Remarks of people about figures, kept apart from them so that a new measurement does not lose them. */
const REMARKS_FILE = 'remarks.md';

/** Merges new results into `benchmarks/results.json` and renders the page and its plots from all of them. */
export async function writeReport(docsFolder: string, fresh: Results): Promise<string> {
  const folder = join(docsFolder, 'benchmarks');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'results.json');
  const results: Results = { ...(await readResults(file)), ...fresh };
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  const sections: string[] = [];
  for (const name of BENCHMARK_NAMES) {
    const entry = results[name];
    if (entry !== undefined) sections.push(await section(folder, name, entry));
  }
  const page = join(docsFolder, 'benchmarks.md');
  await writeFile(page, `${[HEADER, ...sections].join('\n\n')}\n`);
  return page;
}

const HEADER = `# Benchmarks

\`npm run bench\` measures all of this on your machine (\`-- --quick\` in a few minutes, \`-- --only NAME\` one of them) and rewrites
this page. Speeds are set against something measured in the same call, after a warm-up; ranges are minimum and maximum over the
rounds, and what was taken once says so. Each benchmark first checks that its result is right. What the profiles say about goals
that are not reached stands in [benchmarks/${REMARKS_FILE}](benchmarks/${REMARKS_FILE}).`;

async function section(folder: string, name: BenchmarkName, entry: ResultEntry): Promise<string> {
  const { mode, measuredAt, commit, machine, result } = entry;
  const plots: string[] = [];
  for (const [index, plot] of result.plots.entries()) {
    const image = index === 0 ? `${name}.svg` : `${name}-${index + 1}.svg`;
    await writeFile(join(folder, image), `${await renderPlot(plot)}\n`);
    plots.push(`![${plot.title}](benchmarks/${image})`);
  }
  const targets = result.targets.map(({ goal, measured, reached }) => [
    goal,
    measured,
    reached ? 'reached' : '**not reached**',
  ]);
  return [
    `## \`${name}\``,
    result.summary,
    ...result.tables.map(table),
    ...(targets.length === 0 ? [] : [table({ columns: ['goal', 'measured', ''], rows: targets })]),
    ...plots,
    `<sub>${mode}, ${measuredAt.slice(0, 10)}, commit ${commit}, ${machine}</sub>`,
  ].join('\n\n');
}

function table({ columns, rows }: ReportTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
