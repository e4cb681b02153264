import { ReelsyncError } from '@reelsync/core';

import { audited, type AdminDependencies, type Handlers } from '../handler';

/** Watching runs, and taking them back. */
export function runHandlers(
  dependencies: Pick<AdminDependencies, 'database' | 'canceller' | 'now'>,
): Pick<Handlers, 'listRuns' | 'getRun' | 'listRunFailures' | 'cancelRun'> {
  const { canceller } = dependencies;
  const { runs } = dependencies.database;
  const find = async (runId: string) => {
    const run = await runs.get(runId);
    if (run === null) throw new ReelsyncError('RUN_UNKNOWN', `There is no run '${runId}'`);
    return run;
  };
  return {
    listRuns: async (filter) => ({ items: await runs.list(filter) }),
    getRun: ({ runId }) => find(runId),
    listRunFailures: async ({ runId, limit }) => {
      await find(runId);
      return { items: await runs.failures(runId, { limit }) };
    },
    cancelRun: ({ runId }, context) =>
      audited(
        dependencies,
        context,
        'runs.cancel',
        { runId },
        () => canceller.cancel(runId, context.actor.name),
        ({ run, withdrawnJobs }) => ({ status: run.status, withdrawnJobs }),
      ),
  };
}
