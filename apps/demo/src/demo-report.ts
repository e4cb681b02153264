import type { RunCounts } from '@reelsync/database';
import Table from 'cli-table3';
import { endedWell, type ProducedRun } from './produced-run';
import { TITLE_KINDS, type RunSummary, type TitleKind } from './run-summary';

/** What `npm run demo -- --once --json` prints. Times in milliseconds. */
export interface DemoReport extends RunSummary {
  readonly secondRun: RunSummary & {
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
    /** The episode whose thumbnail changed. */
    readonly episode: { readonly show: string; readonly season: number; readonly episode: number };
  };
  /** One run of each way in. */
  readonly producers: {
    readonly schedule: ProducedRun & { readonly schedule: string; readonly title: string };
    readonly webhook: ProducedRun;
    readonly bulk: ProducedRun & { readonly command: string };
    readonly retry: ProducedRun & {
      readonly command: string;
      readonly title: string;
      /** The run in which the title failed, and why. */
      readonly failedRunId: string;
      readonly code: string;
    };
  };
  /** Documents of the catalogue in the end. */
  readonly documents: Readonly<Record<TitleKind, number>>;
  /** Whether the catalogue equals the merged sample libraries, checked after the first step and after the last. */
  readonly catalogueEqual: boolean;
}

/** Whether the demo showed what it is for. */
export function isSuccess({ catalogueEqual, producers }: DemoReport): boolean {
  return catalogueEqual && Object.values(producers).every(endedWell);
}

export function reportText(report: DemoReport): string {
  const { secondRun, webhook, documents, producers } = report;
  const { schedule, bulk, retry } = producers;
  const { show, season, episode } = webhook.episode;
  return [
    runTable('first sync', report),
    '(One job brings all episodes of a season up to date.)',
    `Second sync: ${secondRun.planned} jobs, ${secondRun.listingRequests} listing requests, ${secondRun.documentWrites} documents written, ${seconds(secondRun.durationMs)}.`,
    `Webhook: the changes of ${webhook.titles.map((title) => `'${title}'`).join(', ')}`,
    `  and of season ${season}, episode ${episode} of '${show}' were in the catalogue after ${webhook.latencyMs} ms.`,
    `Schedule ${schedule.schedule}: a tick found the new poster of '${schedule.title}', ${outcomeOf(schedule)}.`,
    `\`${bulk.command}\`: ${outcomeOf(bulk)}.`,
    `'${retry.title}' failed (${retry.code}); \`${retry.command}\`: ${outcomeOf(retry)}.`,
    `The catalogue (${TITLE_KINDS.map((kind) => `${documents[kind]} ${kind}`).join(', ')})`,
    `  ${report.catalogueEqual ? 'equals' : 'DIFFERS FROM'} the merged libraries of both servers, field by field.`,
    '',
  ].join('\n');
}

function outcomeOf(run: ProducedRun): string {
  const { planned, created, updated, failed, durationMs } = run;
  const ending = endedWell(run) ? '' : `, ${run.status.toUpperCase()}, ${failed} FAILED`;
  const jobs = planned === 1 ? '1 job' : `${planned} jobs`;
  return `${jobs}, ${created + updated} with changes${ending}, ${seconds(durationMs)}`;
}

function runTable(step: string, run: RunSummary): string {
  const table = new Table({
    head: [step, 'planned', 'created', 'updated', 'unchanged', 'failed', 'duration', 'titles/s'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...Array.from({ length: 7 }, () => 'right' as const)],
  });
  for (const kind of TITLE_KINDS) table.push([kind, ...countCells(run[kind]), '', '']);
  table.push(['all', ...countCells(run), seconds(run.durationMs), run.titlesPerSecond]);
  return table.toString();
}

function countCells({ planned, created, updated, unchanged, failed }: RunCounts): number[] {
  return [planned, created, updated, unchanged, failed];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
