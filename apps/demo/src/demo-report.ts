import Table from 'cli-table3';

type CountName =
  'planned' | 'created' | 'updated' | 'unchanged' | 'skipped' | 'failed' | 'durationMs' | 'titlesPerSecond';

/** Counts and time of one run, as the CLI's `--json` gives them. */
export type RunCounts = Readonly<Record<CountName, number>>;

/** What `npm run demo -- --once --json` prints. Times in milliseconds. */
export interface DemoReport extends RunCounts {
  readonly secondRun: RunCounts & {
    /** Documents of either database that are new, gone or different afterwards, the records of runs apart. */
    readonly documentWrites: number;
    readonly listingRequests: number;
  };
  readonly webhook: {
    /** The film whose metadata changed. */
    readonly title: string;
    /** From the request to the server until all changes have arrived. */
    readonly latencyMs: number;
    /** Every film that changed. */
    readonly titles: readonly string[];
  };
  /** Whether the catalogue equals the merged sample libraries, checked after every step. */
  readonly catalogueEqual: boolean;
}

export function readRunCounts(value: unknown): RunCounts {
  if (typeof value !== 'object' || value === null) throw new TypeError('The CLI printed no run');
  const members = value as Readonly<Record<string, unknown>>;
  const read = (name: CountName): number => {
    const count = members[name];
    if (typeof count !== 'number') throw new TypeError(`The CLI printed no '${name}'`);
    return count;
  };
  return {
    planned: read('planned'),
    created: read('created'),
    updated: read('updated'),
    unchanged: read('unchanged'),
    skipped: read('skipped'),
    failed: read('failed'),
    durationMs: read('durationMs'),
    titlesPerSecond: read('titlesPerSecond'),
  };
}

export function reportText(report: DemoReport): string {
  const { secondRun, webhook } = report;
  return [
    summaryTable({ 'first sync': report, 'second sync': secondRun }),
    `Second sync: ${secondRun.listingRequests} listing requests, ${secondRun.documentWrites} documents written.`,
    `Webhook: the changes of ${webhook.titles.map((title) => `'${title}'`).join(', ')} were in the catalogue after ${webhook.latencyMs} ms.`,
    `The catalogue ${report.catalogueEqual ? 'equals' : 'DIFFERS FROM'} the merged libraries of both servers, field by field.`,
    '',
  ].join('\n');
}

function summaryTable(runs: Readonly<Record<string, RunCounts>>): string {
  const table = new Table({
    head: ['', 'planned', 'created', 'updated', 'unchanged', 'failed', 'duration', 'titles/s'],
    style: { head: [], border: [] },
    colAligns: ['left', ...Array.from({ length: 7 }, () => 'right' as const)],
  });
  for (const [step, run] of Object.entries(runs)) {
    table.push([
      step,
      run.planned,
      run.created,
      run.updated,
      run.unchanged,
      run.failed,
      `${(run.durationMs / 1000).toFixed(1)} s`,
      run.titlesPerSecond,
    ]);
  }
  return table.toString();
}
