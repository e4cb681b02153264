import {
  deepEqual,
  planWrite,
  ReelsyncError,
  type ErrorCategory,
  type FetchOutcome,
  type FieldTable,
  type FieldValues,
  type MediaServer,
  type Resolution,
  type ResolveInput,
  type ToUrl,
  type UnitResult,
  type UnitWarning,
  type WritePlan,
} from '@reelsync/core';
import type { GateRepository, InventoryRepository, UpsertOptions, UpsertResult } from '@reelsync/database';
import type { SyncStrategy } from './sync-strategy';
import type { TitleUnit, UnitContext } from './unit-context';
import { mostHopeful, outcomeOfRun, unitResult, unknownTitle } from './unit-outcome';
import { fingerprintOf, locksOf, providersOf, type UnitSituation } from './unit-situation';

/** The catalogue collection that a unit lives in. */
export interface UnitDocuments<D extends FieldValues> {
  load(title: string): Promise<D | null>;
  smartUpsert(entity: FieldValues, existing: D | null, options: UpsertOptions): Promise<UpsertResult>;
}

export interface UnitReconcilerOptions<R, D extends FieldValues> {
  readonly documents: UnitDocuments<D>;
  readonly inventory: Pick<InventoryRepository, 'load' | 'clearPending'>;
  readonly gates: Pick<GateRepository, 'load' | 'save' | 'saveApplied' | 'recordFailure'>;
  /** Enabled servers, best first. */
  readonly servers: readonly MediaServer[];
  readonly strategies: readonly SyncStrategy<R>[];
  readonly resolve: (input: ResolveInput<R>, outcomes?: ReadonlyMap<string, FetchOutcome>) => Resolution;
  /** Whether every enabled server has given a complete listing of this kind. */
  readonly isAuthoritative: () => Promise<boolean>;
  /** `off` and `dry-run` remove nothing because servers no longer provide it (§5.3); the latter says what it would. */
  readonly fieldCleanup: 'enforce' | 'dry-run' | 'off';
  readonly toUrl: ToUrl;
  readonly now: () => Date;
}

const HOUR_MS = 3_600_000;
const MAX_FAILURE_DELAY_MS = 24 * HOUR_MS;

/** Errors that the next attempt may not meet any more. */
const PASSING_CATEGORIES: ReadonlySet<ErrorCategory> = new Set(['transient', 'throttled', 'shutdown']);

/**
 * Brings one catalogue document to what the inventory of all servers says (design decisions 1 and 3). Level-triggered:
 * it may run twice, late or beside itself with the same result. The gate is written last, after everything it covers.
 */
export class UnitReconciler<R, D extends FieldValues> {
  constructor(private readonly options: UnitReconcilerOptions<R, D>) {}

  async reconcile(unit: TitleUnit, context: UnitContext): Promise<UnitResult> {
    let attempt = context;
    for (;;) {
      const result = await this.attempt(unit, attempt);
      if (result !== 'superseded') return result;
      context.signal.throwIfAborted();
      // The job for the newer state may have closed the gate already, over what was just overwritten: trust no gate.
      attempt = { ...context, force: true };
    }
  }

  private async attempt(unit: TitleUnit, context: UnitContext): Promise<UnitResult | 'superseded'> {
    const [situation, current] = await Promise.all([
      this.assess(unit, context),
      this.options.documents.load(unit.title),
    ]);
    if (situation.entries.length === 0) throw unknownTitle(unit);
    if (situation.providers.length === 0) return this.finishVanished(unit, situation, current);
    if (isUpToDate(situation, current, context)) {
      await this.clearPending(situation);
      return unitResult(unit, outcomeOfRun('unchanged', current, context), current);
    }
    try {
      return await this.apply(unit, situation, current, context);
    } catch (error) {
      if (context.operations === undefined) await this.holdBack(unit, situation, error);
      throw error;
    }
  }

  private async assess(unit: TitleUnit, context: UnitContext): Promise<UnitSituation<R>> {
    const { inventory, gates, servers, isAuthoritative } = this.options;
    const [entries, gate, authoritative] = await Promise.all([
      inventory.load<R>(unit.kind, unit.title),
      gates.load(unit),
      isAuthoritative(),
    ]);
    const force = context.force === true || gate?.forceSince !== undefined;
    return { entries, providers: providersOf(entries, servers), gate, authoritative, force };
  }

  private async apply(
    unit: TitleUnit,
    situation: UnitSituation<R>,
    loaded: D | null,
    context: UnitContext,
  ): Promise<UnitResult | 'superseded'> {
    const { current, resolution, outcomes } = await this.resolveWithFiles(unit, situation, loaded, context);
    context.signal.throwIfAborted();
    const withheld = this.withheldRemovals(unit, situation, current, context, outcomes);
    const warnings = this.validate(unit, current, resolution, context);
    const written = await this.options.documents.smartUpsert(resolution.set, current, {
      now: this.options.now(),
      unset: resolution.unset,
      ...(context.runId === undefined ? {} : { runId: context.runId }),
    });
    if (written.outcome !== 'unchanged' && (await this.hasMovedOn(unit, situation))) return 'superseded';
    await this.closeGate(unit, situation, current, resolution, withheld.length > 0, context);
    return {
      ...unitResult(unit, outcomeOfRun(written.outcome, current, context), { ...current, ...resolution.set }),
      changedFields: written.changedFields,
      warnings: [...warnings, ...this.dryRunWarning(situation, withheld)],
    };
  }

  /**
   * The inventory may have changed while files were read, and a job for the newer state may have written it already: what
   * was just written is then a step back, so everything is decided anew.
   */
  private async hasMovedOn(unit: TitleUnit, { entries }: UnitSituation<R>): Promise<boolean> {
    const now = await this.options.inventory.load<R>(unit.kind, unit.title);
    const revisions = (list: typeof now): string =>
      list.map(({ id, revision }) => `${id} ${revision}`).join('\n');
    return revisions(now) !== revisions([...entries]);
  }

  /**
   * Fields that would be removed if absence were a fact and the clean-up were on (§5.3). While a server has not answered
   * they stay, and so does the unit's pending mark: it is looked at again.
   */
  private withheldRemovals(
    unit: TitleUnit,
    situation: UnitSituation<R>,
    current: D | null,
    context: UnitContext,
    outcomes: ReadonlyMap<string, FetchOutcome>,
  ): readonly string[] {
    if (current === null || this.mayRemove(situation)) return [];
    const plan = (mayRemove: boolean): WritePlan => {
      const { set, unset } = this.resolve(unit, situation, current, context, outcomes, mayRemove);
      return planWrite(current, set, unset, locksOf(current));
    };
    const [kept, removed] = [plan(false), plan(true)];
    return removed.changedFields.filter(
      (field) =>
        !deepEqual(kept.set[field], removed.set[field]) ||
        kept.unset.includes(field) !== removed.unset.includes(field),
    );
  }

  private mayRemove({ authoritative }: UnitSituation<R>): boolean {
    return authoritative && this.options.fieldCleanup === 'enforce';
  }

  private dryRunWarning({ authoritative }: UnitSituation<R>, withheld: readonly string[]): UnitWarning[] {
    if (this.options.fieldCleanup !== 'dry-run' || !authoritative || withheld.length === 0) return [];
    return [{ code: 'FIELD_CLEANUP_DRY_RUN', message: `would remove ${withheld.join(', ')}` }];
  }

  /**
   * Reading files takes a while: afterwards the decision is made anew on what is stored now, so that a lock set meanwhile is
   * honoured. A lock taken away meanwhile may ask for further files; each file is read at most once.
   */
  private async resolveWithFiles(
    unit: TitleUnit,
    situation: UnitSituation<R>,
    loaded: D | null,
    context: UnitContext,
  ): Promise<{
    readonly current: D | null;
    readonly resolution: Resolution;
    readonly outcomes: ReadonlyMap<string, FetchOutcome>;
  }> {
    const outcomes = new Map<string, FetchOutcome>();
    let current = loaded;
    for (;;) {
      const resolution = this.resolve(unit, situation, current, context, outcomes);
      if (resolution.fetches.length === 0) return { current, resolution, outcomes };
      const fetched = await this.fetchAll(resolution, { title: unit.title, signal: context.signal }, context);
      for (const [key, outcome] of fetched) outcomes.set(key, outcome);
      current = await this.options.documents.load(unit.title);
    }
  }

  private resolve(
    unit: TitleUnit,
    situation: UnitSituation<R>,
    current: D | null,
    context: UnitContext,
    outcomes: ReadonlyMap<string, FetchOutcome>,
    mayRemove = this.mayRemove(situation),
  ): Resolution {
    const { resolve, toUrl, now } = this.options;
    const { providers, gate, force } = situation;
    return resolve(
      {
        title: unit.title,
        table: this.activeTable(context),
        providers,
        current,
        locks: locksOf(current),
        authoritative: mayRemove,
        applied: gate?.applied ?? {},
        force,
        toUrl,
        now: now(),
      },
      outcomes,
    );
  }

  private activeStrategies({ operations }: UnitContext): readonly SyncStrategy<R>[] {
    return this.options.strategies.filter(
      ({ operation }) => operations === undefined || operations.includes(operation),
    );
  }

  private activeTable(context: UnitContext): FieldTable<R> {
    return this.activeStrategies(context).flatMap(({ groups }) => groups);
  }

  private async fetchAll(
    plan: Resolution,
    scope: { title: string; signal: AbortSignal },
    context: UnitContext,
  ): Promise<ReadonlyMap<string, FetchOutcome>> {
    const strategies = this.activeStrategies(context);
    const outcomes = await Promise.all(
      plan.fetches.map(async (planned) => {
        const strategy = strategies.find(({ groups }) => groups.some(({ name }) => name === planned.key));
        if (strategy?.fetch === undefined) throw new TypeError(`no strategy reads '${planned.key}'`);
        return [planned.key, await strategy.fetch(planned, scope)] as const;
      }),
    );
    return new Map(outcomes);
  }

  private validate(
    unit: TitleUnit,
    current: D | null,
    resolution: Resolution,
    context: UnitContext,
  ): readonly UnitWarning[] {
    const merged: FieldValues = { ...current, ...resolution.set };
    const reports = this.activeStrategies(context).flatMap((strategy) => strategy.validate?.(merged) ?? []);
    const errors = reports.flatMap((report) => report.errors);
    if (errors.length > 0) {
      throw new ReelsyncError(
        'DOCUMENT_INVALID',
        `${unit.kind} '${unit.title}' was not written: ${errors.join('; ')}`,
        {
          context: { title: unit.title },
        },
      );
    }
    return reports.flatMap((report) => report.warnings);
  }

  /**
   * Gate last (CD-2), also when nothing had to be written (CD-4). A file that could not be read leaves the gate open and
   * fails the job, but what was read is remembered, so that the next attempt reads only the rest.
   */
  private async closeGate(
    unit: TitleUnit,
    situation: UnitSituation<R>,
    current: D | null,
    resolution: Resolution,
    hasWithheld: boolean,
    context: UnitContext,
  ): Promise<void> {
    const { gates, now } = this.options;
    const failure = mostHopeful(resolution.failures);
    // Switched-off clean-up is a decision, not ignorance: the gate closes over what is kept.
    const awaitsAnswers = hasWithheld && !situation.authoritative && this.options.fieldCleanup === 'enforce';
    if (context.operations === undefined && (failure !== undefined || awaitsAnswers)) {
      await gates.saveApplied(unit, resolution.applied);
    }
    if (failure !== undefined) throw failure;
    if (context.operations !== undefined || awaitsAnswers) return;
    await gates.save(unit, {
      fingerprint: fingerprintOf(situation, current),
      applied: resolution.applied,
      at: now(),
      ...(situation.gate?.forceSince === undefined ? {} : { clearForce: situation.gate.forceSince }),
    });
    await this.clearPending(situation);
  }

  /**
   * Trying again before the server changes the title is useless after a permanent error: the gate notes when to look
   * again (1 h, doubling to a day); any change of the title's inventory re-opens it at once.
   */
  private async holdBack(unit: TitleUnit, situation: UnitSituation<R>, failure: unknown): Promise<void> {
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

  /** No server lists the title any more. The document stays: deleting is the clean-up's decision (CL-1, CL-2). */
  private async finishVanished(
    unit: TitleUnit,
    situation: UnitSituation<R>,
    current: D | null,
  ): Promise<UnitResult> {
    const { gate, force } = situation;
    const fingerprint = fingerprintOf(situation, current);
    if (force || gate?.fingerprint !== fingerprint) {
      await this.options.gates.save(unit, {
        fingerprint,
        applied: gate?.applied ?? {},
        at: this.options.now(),
        ...(gate?.forceSince === undefined ? {} : { clearForce: gate.forceSince }),
      });
    }
    await this.clearPending(situation);
    return unitResult(unit, 'skipped', current);
  }

  private async clearPending({ entries }: UnitSituation<R>): Promise<void> {
    const pending = entries.filter(({ pendingSince }) => pendingSince !== undefined);
    if (pending.length > 0) await this.options.inventory.clearPending(pending);
  }
}

function isUpToDate<R>(
  situation: UnitSituation<R>,
  current: FieldValues | null,
  context: UnitContext,
): boolean {
  return (
    !situation.force &&
    context.operations === undefined &&
    current !== null &&
    situation.gate?.failure === undefined &&
    situation.gate?.fingerprint === fingerprintOf(situation, current)
  );
}
