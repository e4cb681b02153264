import Table from 'cli-table3';

export interface OutputOptions {
  readonly json: boolean;
}

/** One JSON object, or text for people, on stdout. */
export function print(value: unknown, { json }: OutputOptions, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text()}\n`);
}

type Cell = string | number | boolean | null;

/** Rows of the same members as a table. */
export function tableOf(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const [first] = rows;
  if (first === undefined) return '(none)';
  const table = new Table({ head: Object.keys(first), style: { head: [], border: [] } });
  for (const row of rows) table.push(Object.values(row).map((value) => String(value ?? '-')));
  return table.toString();
}
