import type { ErrorCode } from '@reelsync/core';
import type { ServerHoldRepository } from '@reelsync/database';
import { emptyTally, type ServerScan } from './scan-report';

export interface HeldBackDependencies {
  readonly holds: Pick<ServerHoldRepository, 'find'>;
  readonly now: () => Date;
}

const CODE: ErrorCode = 'SERVER_HELD';

/**
 * What a scan says of a server that reports a critical load (contract §7.2): it is not read, and its last known inventory
 * stays (AV-4). Null when it may be read. The scan that it misses is made when the hold ends.
 */
export async function heldBack(
  serverId: string,
  { holds, now }: HeldBackDependencies,
): Promise<ServerScan | null> {
  const hold = await holds.find(serverId, now());
  if (hold === null) return null;
  const message = `Not read: it reports a critical load; held back until ${hold.until.toISOString()} at the latest`;
  return { ...emptyTally(serverId), status: 'failed', code: CODE, message };
}
