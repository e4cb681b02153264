import type { OutputOf } from '@reelsync/admin';
import type { RunStatus } from '@reelsync/database';
import { print, type OutputOptions } from '../output/print';
import { printRun } from '../output/print-run';
import { tableOf } from '../output/table';
import type { ClientSession } from '../client-session';
import { awaitRun, SHOWN_FAILURES } from './await-run';

type Run = OutputOf<'getRun'>;

export interface ListRunsOptions extends OutputOptions {
  readonly limit: number;
  readonly status?: RunStatus;
}

/** `reelsync runs list`: the latest runs, newest first. */
export async function listRuns(
  { client, signal }: ClientSession,
  { limit, status, ...output }: ListRunsOptions,
): Promise<void> {
  const filter = { limit, ...(status === undefined ? {} : { status }) };
  const { items: runs } = await client.listRuns(filter, { signal });
  print(runs, output, () =>
    tableOf(
      runs.map(({ id, trigger, requester, scope, status: state, startedAt, counts }) => ({
        id,
        what: describeScope(scope),
        by: requester === undefined ? trigger : `${trigger}: ${requester}`,
        status: state,
        started: startedAt.toISOString(),
        ...counts,
      })),
    ),
  );
}

/** `reelsync runs show`: one run, with the first of its failures. */
export async function showRun(
  { client, signal }: ClientSession,
  runId: string,
  options: OutputOptions,
): Promise<void> {
  const run = await client.getRun({ runId }, { signal });
  const { items: failures } = await client.listRunFailures({ runId, limit: SHOWN_FAILURES }, { signal });
  printRun(run, failures, options);
}

/** `reelsync runs cancel`: takes a request back. What workers have begun, they finish. */
export async function cancelRun(
  { client, signal }: ClientSession,
  runId: string,
  options: OutputOptions,
): Promise<void> {
  const { run, withdrawnJobs } = await client.cancelRun({ runId }, { signal });
  print(
    { runId, status: run.status, withdrawnJobs },
    options,
    () => `Run ${runId} ${run.status}; ${withdrawnJobs} waiting jobs withdrawn.`,
  );
}

/** `reelsync runs watch`: follows a run to its end. */
export async function watchRun(
  session: ClientSession,
  runId: string,
  { json }: OutputOptions,
): Promise<void> {
  await awaitRun(session, { runId, status: 'created' }, { json, wait: true });
}

function describeScope(scope: Run['scope']): string {
  switch (scope.kind) {
    case 'all':
      return scope.full ? 'scan of all servers, full' : 'scan of all servers';
    case 'servers':
      return `scan of ${scope.serverIds.join(', ')}${scope.full ? ', full' : ''}`;
    case 'domain':
      return `all ${scope.domain}`;
    case 'titles':
      return `${scope.domain}: ${scope.titles?.slice(0, 2).join(', ') ?? 'named titles'}`;
    case 'title-until-listed':
      return `${scope.title}, once listed`;
    case 'failed-jobs':
      return 'failed jobs once more';
    case 'sweep':
    case 'retention':
      return scope.kind;
  }
}
