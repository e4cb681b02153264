import { ReelsyncError } from '@reelsync/core';
import type { Lease, LeaseRepository } from './lease-repository';

export interface HoldOptions {
  readonly keys: readonly string[];
  /** One who holds a lease already gets it again: use the job's id, so that a job which is taken over goes on at once. */
  readonly holder: string;
  /** How long a holder that died keeps others waiting. */
  readonly ttlMs: number;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export interface HeldLeases {
  /** By key; the tokens for what is written meanwhile. */
  readonly leases: ReadonlyMap<string, Lease>;
  /** Aborts with LEASE_LOST when one of them has changed hands, and whenever the caller's own signal does. */
  readonly signal: AbortSignal;
}

/** A renewal that comes too late by one is no reason to lose the lease. */
const RENEWALS_PER_TTL = 3;
const LOOK_AGAIN_MS = 1000;

/**
 * Works while holding all of these leases, renewing them. Throws LEASE_HELD, and holds none, while somebody else has one
 * of them.
 */
export async function holdLeases<T>(
  repository: LeaseRepository,
  options: HoldOptions,
  work: (held: HeldLeases) => Promise<T>,
): Promise<T> {
  const leases = await acquireAll(repository, options);
  const renewal = new Renewal(repository, [...leases.values()], options);
  renewal.start();
  try {
    return await work({ leases, signal: AbortSignal.any([options.signal, renewal.lost]) });
  } finally {
    await renewal.stop();
    await releaseAll(repository, leases.values());
  }
}

/** In one order for everybody, so that two who want the same ones do not wait for each other. */
async function acquireAll(
  repository: LeaseRepository,
  { keys, holder, ttlMs, now }: HoldOptions,
): Promise<Map<string, Lease>> {
  const leases = new Map<string, Lease>();
  for (const key of [...new Set(keys)].sort()) {
    const lease = await repository.acquire(key, holder, new Date(now().getTime() + ttlMs), now());
    if (lease !== null) {
      leases.set(key, lease);
      continue;
    }
    await releaseAll(repository, leases.values());
    throw new ReelsyncError('LEASE_HELD', `Somebody else works on ${key}`, { retryAfterMs: LOOK_AGAIN_MS });
  }
  return leases;
}

async function releaseAll(repository: LeaseRepository, leases: Iterable<Lease>): Promise<void> {
  // What cannot be given back expires; the outcome of the work counts.
  await Promise.allSettled([...leases].map((lease) => repository.release(lease)));
}

class Renewal {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private work: Promise<void> = Promise.resolve();
  private heldUntil: number;

  constructor(
    private readonly repository: LeaseRepository,
    private readonly leases: readonly Lease[],
    private readonly options: Pick<HoldOptions, 'ttlMs' | 'now'>,
  ) {
    this.heldUntil = options.now().getTime() + options.ttlMs;
  }

  get lost(): AbortSignal {
    return this.controller.signal;
  }

  start(): void {
    this.timer = setInterval(
      () => {
        this.work = this.work.then(() => this.renew());
      },
      Math.ceil(this.options.ttlMs / RENEWALS_PER_TTL),
    );
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.work;
  }

  private async renew(): Promise<void> {
    const { ttlMs, now } = this.options;
    const until = now().getTime() + ttlMs;
    try {
      for (const lease of this.leases) {
        if (await this.repository.renew(lease, new Date(until))) continue;
        this.lose(lease.key);
        return;
      }
      this.heldUntil = until;
    } catch {
      // A database that is away for a moment; whoever waits for the lease cannot reach it either.
      if (now().getTime() > this.heldUntil) this.lose(this.leases.map(({ key }) => key).join(', '));
    }
  }

  private lose(keys: string): void {
    clearInterval(this.timer);
    this.controller.abort(new ReelsyncError('LEASE_LOST', `Somebody else has taken over ${keys}`));
  }
}
