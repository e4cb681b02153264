import { randomUUID } from 'node:crypto';
import { ReelsyncError } from '@reelsync/core';
import { holdLeases, type LeaseRepository, type ScheduleRepository } from '@reelsync/database';
import type { SchedulerChanges, SchedulerSet } from '@reelsync/queue';
import { schedulerSpecs, schedulesFingerprint, type Schedule } from './schedule-plan';

export interface ScheduleKeeperOptions {
  readonly schedules: readonly Schedule[];
  readonly schedulers: Pick<SchedulerSet, 'reconcile'>;
  readonly states: Pick<ScheduleRepository, 'loadApplied' | 'saveApplied'>;
  readonly leases: LeaseRepository;
  readonly now: () => Date;
}

const LEASE = 'schedules';
const LEASE_TTL_MS = 15_000;

/**
 * The one place that brings the schedulers in Redis in step with the configuration, one instance at a time. The instance
 * that booted last says what is configured; the others only mend what it applied, for instance after Redis was wiped.
 */
export class ScheduleKeeper {
  private readonly fingerprint: string;

  constructor(private readonly options: ScheduleKeeperOptions) {
    this.fingerprint = schedulesFingerprint(options.schedules);
  }

  /** At boot. Throws LEASE_HELD while another instance does the same. */
  apply(signal: AbortSignal): Promise<SchedulerChanges> {
    return this.alone(signal, async () => {
      const changes = await this.reconcile();
      await this.options.states.saveApplied({ fingerprint: this.fingerprint, at: this.options.now() });
      return changes;
    });
  }

  /** Now and then. Null when an instance with another configuration has booted since, or mends at this moment. */
  async mend(signal: AbortSignal): Promise<SchedulerChanges | null> {
    try {
      return await this.alone(signal, async () => {
        const applied = await this.options.states.loadApplied();
        return applied?.fingerprint === this.fingerprint ? this.reconcile() : null;
      });
    } catch (error) {
      if (error instanceof ReelsyncError && error.code === 'LEASE_HELD') return null;
      throw error;
    }
  }

  private reconcile(): Promise<SchedulerChanges> {
    const { schedulers, schedules, now } = this.options;
    return schedulers.reconcile(schedulerSpecs(schedules), now());
  }

  private alone<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { leases, now } = this.options;

    const holder = randomUUID();
    return holdLeases(leases, { keys: [LEASE], holder, ttlMs: LEASE_TTL_MS, now, signal }, work);
  }
}
