import { ReelsyncError } from '@reelsync/core';
import type { Run, RunStatus } from '@reelsync/database';
import { RunCanceller } from '@reelsync/sync';
import { printRun } from '../output/print-run';
import { tableOf } from '../output/table';
import type { ClientSession } from '../client-session';
import type { Session } from '../session';
import { awaitRun, SHOWN_FAILURES } from './await-run';

interface JsonOption {
  readonly json: boolean;
}

/** `reelsync runs list`: the latest runs, newest first. */
export async function listRuns(
  { database }: Session,
  { limit, status, json }: JsonOption & { readonly limit: number; readonly status?: RunStatus },
): Promise<void> {
  const runs = await database.runs.list({ limit, ...(status === undefined ? {} : { status }) });
  const rows = runs.map(({ id, trigger, requester, scope, status: state, startedAt, counts }) => ({
    id,
    what: describeScope(scope),
    by: requester === undefined ? trigger : `${trigger}: ${requester}`,
    status: state,
    started: startedAt.toISOString(),
    ...counts,
  }));
  process.stdout.write(json ? `${JSON.stringify(runs)}\n` : `${tableOf(rows)}\n`);
}

/** `reelsync runs show`: one run, with the first of its failures. */
export async function showRun({ database }: Session, runId: string, { json }: JsonOption): Promise<void> {
  const run = await database.runs.get(runId);
  if (run === null) throw new ReelsyncError('RUN_UNKNOWN', `There is no run '${runId}'`);
  printRun(run, await database.runs.failures(runId, { limit: SHOWN_FAILURES }), { json });
}

/** `reelsync runs cancel`: takes a request back. What workers have begun, they finish. */
export async function cancelRun(
  { database, producer }: Session,
  runId: string,
  { json }: JsonOption,
): Promise<void> {
  const canceller = new RunCanceller({ database, producer, now: () => new Date() });
  const { run, withdrawnJobs } = await canceller.cancel(runId, 'the command line');
  const answer = { runId, status: run.status, withdrawnJobs };
  process.stdout.write(
    json
      ? `${JSON.stringify(answer)}\n`
      : `Run ${runId} ${run.status}; ${withdrawnJobs} waiting jobs withdrawn.\n`,
  );
}

/** `reelsync runs watch`: follows a run to its end. */
export async function watchRun(session: ClientSession, runId: string, { json }: JsonOption): Promise<void> {
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
