import type { BulkRequest } from '@reelsync/database';

import type { OutputOf } from '../contract/endpoints';
import { originOf, type AdminDependencies, type Handlers } from '../handler';

/** Bulk requests, chunk by chunk. Whoever drives one waits while `backlog` is high. */
export function bulkHandlers({
  bulk,
  producer,
}: Pick<AdminDependencies, 'bulk' | 'producer'>): Pick<
  Handlers,
  'openBulk' | 'getBulk' | 'advanceBulk' | 'keepBulkAlive' | 'suspendBulk' | 'finishBulk'
> {
  const answer = async (request: BulkRequest, exhausted = false): Promise<OutputOf<'getBulk'>> => {
    const { id, domain, source, runId, status, position, total, planned, skipped, unknown } = request;
    const { unknownTitles = [] } = request;
    const state = { id, domain, source, status, position, planned, skipped, unknown, unknownTitles };
    return {
      ...state,
      exhausted,
      backlog: await producer.backlog(domain),
      ...(runId === undefined ? {} : { runId }),
      ...(total === undefined ? {} : { total }),
    };
  };
  return {
    openBulk: async (scope, { actor }) => {
      const { trigger, requester } = originOf(actor);
      return answer(await bulk.open(scope, { trigger, requester }));
    },
    getBulk: async ({ id }) => answer(await bulk.get(id)),
    advanceBulk: async ({ id, position, titles }, { signal }) => {
      const { request, exhausted } = await bulk.advance(id, position, titles, signal);
      return answer(request, exhausted);
    },
    keepBulkAlive: async ({ id }) => answer(await bulk.keepAlive(id)),
    suspendBulk: async ({ id }) => answer(await bulk.suspend(id)),
    finishBulk: async ({ id }) => answer(await bulk.finish(id)),
  };
}
