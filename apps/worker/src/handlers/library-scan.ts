import type { RunRepository } from '@reelsync/database';
import type { ScanService } from '@reelsync/domain';
import { scanKey, urgencyOf, type JobHandler } from '@reelsync/queue';

/**
 * `library.scan`: reads the listings of some servers and enqueues what is dirty, for every run that waits for this scan
 * (decision 0005).
 */
export function libraryScanHandler(
  scans: Pick<ScanService, 'scan'>,
  runs: Pick<RunRepository, 'claimScan'>,
  onPlanned: () => void,
): JobHandler<'library.scan'> {
  return async (payload, { signal, job, reportProgress }) => {
    const runIds = await runs.claimScan(scanKey(payload));
    const report = await scans.scan({
      ...payload,
      runIds,
      urgency: urgencyOf(job.priority),
      signal,
      onProgress: (progress) => void reportProgress({ ...progress }),
    });
    onPlanned();
    return { planned: report.planned, servers: report.servers.map(({ serverId, status, code }) => ({ serverId, status, code })) };
  };
}
