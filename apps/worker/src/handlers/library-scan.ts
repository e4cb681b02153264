import type { ScanService, ServerScan } from '@reelsync/domain';
import type { Logger } from '@reelsync/runtime';
import type { JobHandler, JobPayload } from '@reelsync/queue';
import { urgencyOfFound, type ListedFirst } from '@reelsync/sync';
import type { ScanClaims } from '../scan-claims';

export interface LibraryScanDependencies {
  readonly scans: Pick<ScanService, 'scan'>;
  readonly claims: Pick<ScanClaims, 'claim'>;
  readonly listedFirst: Pick<ListedFirst, 'awaited' | 'around' | 'resume'>;
  /** Runs whose scan found nothing dirty can end now. */
  readonly onPlanned: () => void;
}

/**
 * `library.scan`: reads the listings of some servers and enqueues what is dirty, for every run that waits for this scan
 * (decision 0005).
 */
export function libraryScanHandler({
  scans,
  claims,
  listedFirst,
  onPlanned,
}: LibraryScanDependencies): JobHandler<JobPayload<'library.scan'>> {
  return async (payload, context) => {
    const { id: jobId, starts } = context.job;
    const isAgain = starts > 1;
    if (isAgain) await listedFirst.resume(payload.serverIds, jobId);
    const unread =
      payload.awaited === true ? await listedFirst.awaited(payload.serverIds) : payload.serverIds;
    // What an earlier start has read may not be planned yet.
    if (unread.length === 0 && !isAgain) return { outcome: 'skipped', planned: 0, isAgain, servers: [] };
    const waiting = await claims.claim(payload);
    const { planned, servers } = await scans.scan({
      ...payload,
      unread,
      runIds: waiting.map(({ id }) => id),
      urgency: urgencyOfFound(waiting),
      signal: context.signal,
      holder: jobId,
      aroundServer: (serverId, read) => listedFirst.around(serverId, read, jobId),
      onProgress: (progress) => context.reportProgress(progress),
    });
    report(servers, context.logger);
    onPlanned();
    return {
      outcome: outcomeOf(servers),
      planned,
      isAgain,
      servers: servers.map(({ serverId, status, code }) => ({
        serverId,
        status,
        ...(code === undefined ? {} : { code }),
      })),
    };
  };
}

function outcomeOf(servers: readonly ServerScan[]): 'updated' | 'unchanged' | 'skipped' {
  if (servers.some(({ status }) => status === 'changed')) return 'updated';
  return servers.some(({ status }) => status === 'not-modified') ? 'unchanged' : 'skipped';
}

/** What a server did wrong is logged here, once, with its code; the run keeps it for people. */
function report(servers: readonly ServerScan[], logger: Logger): void {
  for (const { serverId, code, message, problems, problemCount } of servers) {
    if (code !== undefined) logger.error({ serverId, code, message }, 'server could not be scanned');
    if (problemCount > 0) {
      const code = 'LISTING_RECORD_INVALID';
      logger.warn({ serverId, code, problemCount, problems }, 'records of the listing were left out');
    }
  }
}
