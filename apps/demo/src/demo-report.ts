import Table from 'cli-table3';

/** Counts and time of one run, as the CLI's `--json` gives them. */
export interface RunCounts {
  readonly planned: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly failed: number;
  readonly durationMs: number;
  readonly titlesPerSecond: number;
}

/** What `npm run demo -- --once --json` prints. Times in milliseconds. */
export interface DemoReport extends RunCounts {
  readonly secondRun: {
    readonly planned: number;
    /** Documents written anywhere but in the record of the run. */
    readonly documentWrites: number;
    readonly listingRequests: number;
    readonly durationMs: number;
  };
  readonly webhook: { readonly title: string; readonly latencyMs: number };
  /** Whether the catalogue equals the merged sample libraries, checked after every step. */
  readonly catalogueEqual: boolean;
}

const COUNTS = [
  'planned',
  'created',
  'updated',
  'unchanged',
  'skipped',
  'failed',
  'durationMs',
  'titlesPerSecond',
] as const;

export function readRunCounts(value: unknown): RunCounts {
  if (typeof value !== 'object' || value === null) throw new TypeError('The CLI printed no run');
  const members = value as Readonly<Record<string, unknown>>;
  const read = (name: (typeof COUNTS)[number]): number => {
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

export function summaryTable(rows: readonly { readonly step: string; readonly counts: RunCounts }[]): string {
  const table = new Table({
    head: ['step', 'planned', 'created', 'updated', 'unchanged', 'failed', 'duration', 'titles/s'],
    style: { head: [], border: [] },
    colAligns: ['left', ...Array.from({ length: 7 }, () => 'right' as const)],
  });
  for (const { step, counts } of rows) {
    table.push([
      step,
      counts.planned,
      counts.created,
      counts.updated,
      counts.unchanged,
      counts.failed,
      `${(counts.durationMs / 1000).toFixed(1)} s`,
      counts.titlesPerSecond,
    ]);
  }
  return table.toString();
}
