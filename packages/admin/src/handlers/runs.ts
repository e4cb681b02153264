import { ReelsyncError } from '@reelsync/core';

import type { AdminDependencies, Handlers } from '../handler';

/** Watching runs. */
export function runHandlers({
  database: { runs },
}: Pick<AdminDependencies, 'database'>): Pick<Handlers, 'listRuns' | 'getRun' | 'listRunFailures'> {
  const find = async (runId: string) => {
    const run = await runs.get(runId);
    if (run === null) throw new ReelsyncError('RUN_UNKNOWN', `There is no run '${runId}'`);
    return run;
  };
  return {
    listRuns: async ({ limit }) => ({ items: await runs.list({ limit }) }),
    getRun: ({ runId }) => find(runId),
    listRunFailures: async ({ runId, limit }) => {
      await find(runId);
      return { items: await runs.failures(runId, { limit }) };
    },
  };
}
