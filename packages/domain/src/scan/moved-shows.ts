import type { Unit } from '@reelsync/core';
import type { InventoryRepository } from '@reelsync/database';
import type { TVShowSyncService } from '../shows/tv-show-sync-service';
import { inChunks } from './in-chunks';

/** A scan must end; shows that it had no time to look at get their jobs. */
const TIME_LIMIT_MS = 60_000;

export interface MovedShowsOptions {
  readonly inventory: Pick<InventoryRepository, 'streamPending'>;
  readonly shows: Pick<TVShowSyncService, 'confirmShow'>;
  /** Default: a minute. */
  readonly timeLimitMs?: number;
}

/**
 * The token of a show's metadata moves whenever anything below the show does. Before a scan plans jobs, it looks at each show
 * whose record changed, and settles those about which nothing else has changed (decision 0010).
 */
export class MovedShows {
  constructor(private readonly options: MovedShowsOptions) {}

  /** The shows that stay pending need a job. What servers do wrong is for that job to report. */
  async settle(signal: AbortSignal): Promise<void> {
    const { inventory, timeLimitMs = TIME_LIMIT_MS } = this.options;
    const timeUp = AbortSignal.timeout(timeLimitMs);
    for await (const units of inChunks(inventory.streamPending('show'))) {
      await this.confirmAll(units, signal, timeUp);
      if (timeUp.aborted) return;
    }
  }

  /** Side by side: the limiters of the servers bound how many files are read at a time. Looks under way end with the time. */
  private async confirmAll(units: readonly Unit[], signal: AbortSignal, timeUp: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { shows } = this.options;
    const either = AbortSignal.any([signal, timeUp]);
    const ended = await Promise.allSettled(units.map(({ title }) => shows.confirmShow(title, either)));
    signal.throwIfAborted();
    const failed = ended.find((one) => one.status === 'rejected' && one.reason !== timeUp.reason);
    if (failed?.status === 'rejected') throw failed.reason;
  }
}
