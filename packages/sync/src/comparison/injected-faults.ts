import { createHash } from 'node:crypto';
import type { InjectFault } from '@reelsync/file-server';

export interface FaultPlan {
  /** Share of file requests that fail, 0 to 1. */
  readonly rate: number;
  readonly seed: string;
}

const DIGEST_RANGE = 2 ** 32;

class ConnectionReset extends Error {
  readonly code = 'ECONNRESET';
}

/**
 * Breaks the connection of a share of the requests for files; listings are spared, since one that fails costs a whole server. Which
 * try of which path fails follows from the seed alone, so engines that ask in another order meet the same faults.
 */
export function injectFaults({ rate, seed }: FaultPlan): InjectFault {
  const tries = new Map<string, number>();
  return ({ kind, url }) => {
    if (kind !== 'metadata' && kind !== 'blurhash') return undefined;
    const { pathname } = new URL(url);
    const attempt = (tries.get(pathname) ?? 0) + 1;
    tries.set(pathname, attempt);
    const digest = createHash('sha256').update(`${seed}\n${attempt}\n${pathname}`).digest();
    if (digest.readUInt32BE() / DIGEST_RANGE >= rate) return undefined;
    return new ConnectionReset('fault injected by the comparison');
  };
}
