import type { RunScope } from '@reelsync/database';
import type { JobPayload } from '@reelsync/queue';
import type { ScanRequestOptions } from './request';

type Scan = JobPayload<'library.scan'>;

/** A scan of these servers; conditional unless it is told otherwise. */
export function scanOf(
  serverIds: readonly string[],
  { full = false, force = false, acceptShrunken = false }: Partial<ScanRequestOptions> = {},
): Scan {
  return { v: 1, serverIds: [...new Set(serverIds)].sort(), full, force, acceptShrunken };
}

/** A conditional scan of one server for requests that wait for it; when it starts and none does, it reads nothing. */
export function awaitedScanOf(serverId: string): Scan {
  return { ...scanOf([serverId]), awaited: true };
}

/** The scan that a run asked for; undefined when it asked for something else. */
export function scanOfScope(scope: RunScope): Scan | undefined {
  return scope.kind === 'all' || scope.kind === 'servers' ? scanOf(scope.serverIds, scope) : undefined;
}
