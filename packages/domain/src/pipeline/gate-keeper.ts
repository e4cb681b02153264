import { ReelsyncError, type ErrorCategory, type Unit } from '@reelsync/core';
import type { ForcedOperations, GateRepository, InventoryRepository } from '@reelsync/database';
import { changeOfApplied } from './applied-files';
import type { UnitSituation } from './unit-situation';

export interface GateKeeperOptions {
  readonly inventory: Pick<InventoryRepository, 'clearPending'>;
  readonly gates: Pick<
    GateRepository,
    'save' | 'saveApplied' | 'changeApplied' | 'clearForced' | 'recordFailure'
  >;
  readonly now: () => Date;
}

const HOUR_MS = 3_600_000;
const MAX_FAILURE_DELAY_MS = 24 * HOUR_MS;

/** Errors that the next attempt may not meet any more. */
const PASSING_CATEGORIES: ReadonlySet<ErrorCategory> = new Set(['transient', 'throttled', 'shutdown']);

/** Writes down what has been applied, after everything else (CD-2). */
export class GateKeeper {
  constructor(private readonly options: GateKeeperOptions) {}

  /** Also when nothing had to be written (CD-4). */
  async close(
    unit: Unit,
    situation: UnitSituation<unknown>,
    { fingerprint, applied }: { fingerprint: string; applied: Readonly<Record<string, string>> },
  ): Promise<void> {
    const { gates, now } = this.options;
    const forceSince = situation.gate?.forceSince;
    await gates.save(unit, {
      fingerprint,
      applied,
      at: now(),
      ...(forceSince === undefined ? {} : { clearForce: forceSince }),
    });
    await gates.clearForced(unit, situation.gate?.forcedOperations ?? {});
    await this.clearPending(situation);
  }

  /** What was read is remembered although the unit failed, so that the next attempt reads only the rest. */
  async leaveOpen(unit: Unit, applied: Readonly<Record<string, string>>): Promise<void> {
    await this.options.gates.saveApplied(unit, applied);
  }

  /**
   * Called before documents are written: a job that dies then leaves a gate that says too little, so that files are read
   * again, and none that takes a document for what it no longer holds (CD-2).
   */
  async forget(unit: Unit, names: readonly string[]): Promise<void> {
    if (names.length > 0) await this.options.gates.changeApplied(unit, { set: {}, forgotten: names });
  }

  /** Work on a part of a unit leaves the gate as it is, but what it has read is read, and what was asked of it alone is done. */
  async noteRead(
    unit: Unit,
    { gate }: UnitSituation<unknown>,
    { applied, answered }: { applied: Readonly<Record<string, string>>; answered: ForcedOperations },
  ): Promise<void> {
    const change = changeOfApplied(gate?.applied ?? {}, applied);
    if (change !== undefined) await this.options.gates.changeApplied(unit, change);
    await this.options.gates.clearForced(unit, answered);
  }

  /**
   * Trying again before the server changes the title is useless after a permanent error: the gate notes when to look
   * again (1 h, doubling to a day); any change of the title's inventory re-opens it at once.
   */
  async holdBack(unit: Unit, situation: UnitSituation<unknown>, failure: unknown): Promise<void> {
    if (!(failure instanceof ReelsyncError) || PASSING_CATEGORIES.has(failure.category)) return;
    const at = this.options.now();
    const attempts = situation.gate?.failure?.attempts ?? 0;
    const delayMs = Math.min(HOUR_MS * 2 ** Math.min(attempts, 10), MAX_FAILURE_DELAY_MS);
    await this.options.gates.recordFailure(unit, {
      code: failure.code,
      message: failure.message,
      at,
      retryAt: new Date(at.getTime() + delayMs),
    });
    await this.clearPending(situation);
  }

  async clearPending({ entries }: UnitSituation<unknown>): Promise<void> {
    const pending = entries.filter(({ pendingSince }) => pendingSince !== undefined);
    if (pending.length > 0) await this.options.inventory.clearPending(pending);
  }
}
