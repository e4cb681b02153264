import type { Run, RunRepository } from '@reelsync/database';
import type { ScanService, Urgency } from '@reelsync/domain';
import { scanKey, type JobHandler, type JobPayload } from '@reelsync/queue';

export interface LibraryScanDependencies {
  readonly scans: Pick<ScanService, 'scan'>;
  readonly runs: Pick<RunRepository, 'claimScan'>;
  /** Runs whose scan found nothing dirty can end now. */
  readonly onPlanned: () => void;
}

/**
 * `library.scan`: reads the listings of some servers and enqueues what is dirty, for every run that waits for this scan
 * (decision 0005).
 */
export function libraryScanHandler({
  scans,
  runs,
  onPlanned,
}: LibraryScanDependencies): JobHandler<JobPayload<'library.scan'>> {
  return async (payload, context) => {
    const waiting = await runs.claimScan(scanKey(payload));
    const { planned, servers } = await scans.scan({
      ...payload,
      runIds: waiting.map(({ id }) => id),
      urgency: urgencyOf(waiting),
      signal: context.signal,
      onProgress: (progress) => context.reportProgress(progress),
    });
    onPlanned();
    const changed = servers.some(({ status }) => status === 'changed');
    return {
      outcome: changed ? 'updated' : 'unchanged',
      planned,
      servers: servers.map(({ serverId, status, code }) => ({
        serverId,
        status,
        ...(code === undefined ? {} : { code }),
      })),
    };
  };
}

/** A person's scan is bulk work: single titles that people or webhooks ask for overtake it. */
function urgencyOf(runs: readonly Pick<Run, 'trigger'>[]): Urgency {
  const triggers = new Set(runs.map(({ trigger }) => trigger));
  if (triggers.has('webhook')) return 'webhook';
  return triggers.has('schedule') ? 'schedule' : 'bulk';
}
