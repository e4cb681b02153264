import { describeUnit, ReelsyncError, type Unit } from '@reelsync/core';
import type { GateRepository, InventoryRepository } from '@reelsync/database';
import type { UnitEnqueuer } from '../scan/unit-enqueuer';

export interface ParentDeskOptions {
  readonly inventory: Pick<InventoryRepository, 'load'>;
  readonly gates: Pick<GateRepository, 'load'>;
  readonly enqueuer: UnitEnqueuer;
  readonly now: () => Date;
}

/** The parent's job is usually quick; waiting uses no attempt. */
const RETRY_AFTER_MS = 500;

/** Gets the show or season synced that a child cannot be written without (DM-2). */
export class ParentDesk {
  constructor(private readonly options: ParentDeskOptions) {}

  /** Answers with the error that the child's job ends with: it waits, unless its parent cannot come. */
  async askFor(parent: Unit, { runId }: { readonly runId?: string }): Promise<ReelsyncError> {
    const { inventory, gates, enqueuer, now } = this.options;
    const [entries, gate] = await Promise.all([inventory.load(parent), gates.load(parent)]);
    const isListed = entries.some(({ missingSince }) => missingSince === undefined);
    const { failure } = gate ?? {};
    if (!isListed || (failure?.retryAt !== undefined && failure.retryAt > now())) {
      const reason = failure === undefined ? 'no server lists it' : `${failure.code}: ${failure.message}`;
      return cannotCome(parent, reason);
    }
    const runIds = runId === undefined ? [] : [runId];
    const [receipt] = await enqueuer.enqueue([parent], { runIds, urgency: 'person' });
    if (receipt?.status === 'rejected') return cannotCome(parent, `${receipt.code}: ${receipt.message}`);
    return new ReelsyncError('PARENT_MISSING', `${describeUnit(parent)} is not in the catalogue yet`, {
      context: { title: parent.title },
      retryAfterMs: RETRY_AFTER_MS,
    });
  }
}

function cannotCome(parent: Unit, reason: string): ReelsyncError {
  const message = `${describeUnit(parent)} is not in the catalogue and cannot be written: ${reason}`;
  return new ReelsyncError('PARENT_FAILED', message, { context: { title: parent.title } });
}
