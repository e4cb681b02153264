import type { AdminDependencies, Handlers } from './handler';
import { auditHandlers } from './handlers/audit';
import { bulkHandlers } from './handlers/bulk';
import { failedJobHandlers } from './handlers/failed-jobs';
import { queueHandlers } from './handlers/queues';
import { runHandlers } from './handlers/runs';
import { serverHandlers } from './handlers/servers';
import { statsHandlers } from './handlers/stats';
import { syncRequestHandlers } from './handlers/sync-requests';

/** One handler per endpoint; leaving one out does not compile. */
export function createHandlers(dependencies: AdminDependencies): Handlers {
  return {
    ...syncRequestHandlers(dependencies),
    ...bulkHandlers(dependencies),
    ...runHandlers(dependencies),
    ...queueHandlers(dependencies),
    ...failedJobHandlers(dependencies),
    ...serverHandlers(dependencies),
    ...statsHandlers(dependencies),
    ...auditHandlers(dependencies),
  };
}
