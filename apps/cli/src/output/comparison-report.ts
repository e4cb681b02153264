import {
  megabytes,
  milliseconds,
  number,
  percent,
  spread,
  type EngineComparison,
  type EngineFigures,
  type Spread,
} from '@reelsync/sync';
import { tableOf } from './table';

interface Row {
  readonly name: string;
  readonly figure: keyof EngineFigures;
  readonly format: (value: number) => string;
}

const ROWS: readonly Row[] = [
  { name: 'time', figure: 'durationMs', format: milliseconds },
  { name: 'HTTP requests', figure: 'httpRequests', format: number },
  { name: 'database commands', figure: 'databaseCommands', format: number },
  { name: 'received', figure: 'bytes', format: kilobytes },
  { name: 'peak memory', figure: 'peakResidentBytes', format: megabytes },
  { name: 'documents', figure: 'documents', format: number },
];

/** Figures of both engines and the published targets; medians, with lowest and highest where there are several rounds. */
export function comparisonTables(comparison: EngineComparison): string {
  const { serverId, titles, rounds, faultRate, engines, targets } = comparison;
  const failing = `failed at ${percent(faultRate)} faults`;
  const rows = [...ROWS, { name: failing, figure: 'failedUnderFaults', format: documents } satisfies Row];
  const ratios = new Map<string, Spread | null>(Object.entries(comparison.ratios));
  return [
    `${number(titles.movies)} movies and ${number(titles.shows)} shows of server '${serverId}', ${rounds} rounds`,
    tableOf(
      rows.map(({ name, figure, format }) => {
        const ratio = ratios.get(figure);
        return {
          figure: name,
          'direct mode': spread(engines.direct[figure], format),
          'flat sync': spread(engines.flat[figure], format),
          'flat / direct': ratio === undefined ? '-' : timesOf(ratio),
        };
      }),
    ),
    tableOf(targets.map(({ goal, measured, verdict }) => ({ target: goal, measured, verdict }))),
  ].join('\n');
}

function timesOf(ratio: Spread | null): string {
  return ratio === null ? 'n/a' : `${spread(ratio)} times`;
}

function kilobytes(bytes: number): string {
  return `${number(bytes / 1e3)} kB`;
}

function documents(count: number): string {
  return `${number(count)} documents`;
}
