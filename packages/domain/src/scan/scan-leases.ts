import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ReelsyncError } from '@reelsync/core';
import { holdLeases, type LeaseRepository } from '@reelsync/database';
import type { ScanFence } from './inventory-refresh';

export interface ScanLeaseOptions {
  readonly serverIds: readonly string[];
  /** Who scans: a job's id, so that a job which is taken over goes on at once. Default: somebody new. */
  readonly holder?: string;
  /** How long a scan that died keeps others of its servers waiting; default 30 s. */
  readonly ttlMs?: number;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export interface HeldScan {
  fenceOf(serverId: string): ScanFence;
  /** Aborts too when somebody else has taken over one of the servers. */
  readonly signal: AbortSignal;
}

const LEASE_TTL_MS = 30_000;
const LOOK_AGAIN_MS = 500;

/**
 * Works as the only scan of these servers over all processes (OR-1, decision 0021). Throws LEASE_HELD while another scan of
 * one of them is in flight.
 */
export function holdScanLeases<T>(
  leases: LeaseRepository,
  { serverIds, holder = randomUUID(), ttlMs = LEASE_TTL_MS, now, signal }: ScanLeaseOptions,
  work: (held: HeldScan) => Promise<T>,
): Promise<T> {
  const keys = serverIds.map(scanLease);
  return holdLeases(leases, { keys, holder, ttlMs, now, signal }, (held) =>
    work({
      signal: held.signal,
      fenceOf: (serverId) => {
        const lease = held.leases.get(scanLease(serverId));
        if (lease === undefined) throw new Error(`no lease for server '${serverId}'`);
        return { token: lease.token, isCurrent: () => leases.isCurrent(lease) };
      },
    }),
  );
}

/** As `holdScanLeases`, for callers that have no queue to wait in. */
export async function awaitScanLeases<T>(
  leases: LeaseRepository,
  options: ScanLeaseOptions,
  work: (held: HeldScan) => Promise<T>,
): Promise<T> {
  for (;;) {
    options.signal.throwIfAborted();
    try {
      return await holdScanLeases(leases, options, work);
    } catch (error) {
      if (!(error instanceof ReelsyncError) || error.code !== 'LEASE_HELD') throw error;
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal: options.signal });
  }
}

function scanLease(serverId: string): string {
  return `scan/${serverId}`;
}
