import Table from 'cli-table3';

export type Row = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Rows as a table, their keys as its head. */
export function tableOf(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return '(none)';
  const table = new Table({ head: Object.keys(first), style: { head: [], border: [] } });
  for (const row of rows) table.push(Object.values(row).map((value) => String(value ?? '-')));
  return table.toString();
}
