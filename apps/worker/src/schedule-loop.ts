import { setTimeout as delay } from 'node:timers/promises';
import { ReelsyncError } from '@reelsync/core';
import type { SchedulerChanges } from '@reelsync/queue';
import type { Logger } from '@reelsync/runtime';
import type { Schedule, ScheduleKeeper } from '@reelsync/sync';

/** How soon schedules are back after Redis was wiped, at the latest. */
const MEND_INTERVAL_MS = 30_000;
/** Another instance that boots at the same time needs a moment. */
const RETRY_MS = 500;

/** One that ticks more often than they are mended is back within its own interval. */
export function mendIntervalMs(schedules: readonly Schedule[]): number {
  const intervals = schedules.flatMap(({ timing }) => (timing.kind === 'every' ? [timing.everyMs] : []));
  return Math.min(MEND_INTERVAL_MS, ...intervals);
}

/** Applies the configured schedules when the worker starts, and mends them from then on. */
export class ScheduleLoop {
  private readonly stopping = new AbortController();
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly keeper: Pick<ScheduleKeeper, 'apply' | 'mend'>,
    private readonly logger: Logger,
    private readonly intervalMs: number,
  ) {}

  start(): void {
    this.work = this.loop(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work;
  }

  private async loop(signal: AbortSignal): Promise<void> {
    let applied = false;
    while (!signal.aborted) {
      try {
        this.report(applied ? await this.keeper.mend(signal) : await this.keeper.apply(signal));
        applied = true;
      } catch (error) {
        // MongoDB or Redis is away: the schedules stay as they are until the next round.
        const isHeld = error instanceof ReelsyncError && error.code === 'LEASE_HELD';
        if (!isHeld && !this.stopping.signal.aborted)
          this.logger.warn({ err: error }, 'could not check the schedules');
      }
      await delay(applied ? this.intervalMs : RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private report(changes: SchedulerChanges | null): void {
    if (changes === null) return;
    const { added, changed, removed } = changes;
    if (added.length + changed.length + removed.length > 0) this.logger.info(changes, 'schedules set up');
  }
}
