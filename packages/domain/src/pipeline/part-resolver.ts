import {
  ReelsyncError,
  type FetchOutcome,
  type FieldTable,
  type FieldValues,
  type PlannedFetch,
  type ToUrl,
  type UnitWarning,
} from '@reelsync/core';
import { appliedOf } from './applied-files';
import type { SyncStrategy } from './sync-strategy';
import type { ResolvedPart, UnitPart } from './unit-shape';
import type { UnitContext } from './unit-context';
import { locksOf, type UnitSituation } from './unit-situation';

/** The files that were read: key of the part -> name of the group -> how that ended. */
export type Outcomes = Map<string, Map<string, FetchOutcome>>;

type ReadContext = Pick<UnitContext, 'signal' | 'onReading'>;

/** Judged before it is written (sync-semantics §3.5). */
export interface Verdict {
  readonly error?: ReelsyncError;
  readonly warnings: readonly UnitWarning[];
}

/** Applies the strategies that are wanted to the documents of a unit. */
export class PartResolver<P> {
  private readonly table: FieldTable<P>;

  constructor(
    private readonly strategies: readonly SyncStrategy<P>[],
    private readonly toUrl: ToUrl,
    private readonly now: () => Date,
  ) {
    this.table = strategies.flatMap(({ groups }) => groups);
  }

  resolve<D extends FieldValues>(
    parts: readonly UnitPart<P>[],
    documents: ReadonlyMap<string, D>,
    { gate, authoritative, force }: UnitSituation<unknown>,
    outcomes: Outcomes,
  ): ResolvedPart<P, D>[] {
    return parts.map((part) => {
      const current = documents.get(part.key) ?? null;
      const input = {
        table: this.table,
        current,
        locks: locksOf(current),
        authoritative,
        applied: appliedOf(part, gate?.applied ?? {}),
        force,
        toUrl: this.toUrl,
        now: this.now(),
      };
      return { part, current, resolution: part.resolve(input, outcomes.get(part.key) ?? new Map()) };
    });
  }

  /** Reads every file that the resolutions ask for; the limiters of the servers bound how many at a time. */
  async fetch(
    resolved: readonly ResolvedPart<P, unknown>[],
    outcomes: Outcomes,
    context: ReadContext,
  ): Promise<void> {
    await Promise.all(
      resolved.flatMap(({ part, resolution }) =>
        resolution.fetches.map(async (planned) => {
          const outcome = await this.fetchOne(planned, part, context);
          const ofPart = outcomes.get(part.key) ?? new Map<string, FetchOutcome>();
          outcomes.set(part.key, ofPart.set(planned.key, outcome));
        }),
      ),
    );
  }

  judge({ part, current, resolution }: ResolvedPart<P, FieldValues>): Verdict {
    const merged: FieldValues = { ...current, ...resolution.set };
    const reports = this.strategies.flatMap((strategy) => strategy.validate?.(merged) ?? []);
    const errors = reports.flatMap((report) => report.errors);
    const warnings = reports.flatMap((report) => report.warnings).map((warning) => about(part, warning));
    if (errors.length === 0) return { warnings };
    const message = `'${part.label}' was not written: ${errors.join('; ')}`;
    const error = new ReelsyncError('DOCUMENT_INVALID', message, { context: { title: part.label } });
    return { warnings, error };
  }

  private fetchOne(
    planned: PlannedFetch,
    part: UnitPart<P>,
    { signal, onReading }: ReadContext,
  ): Promise<FetchOutcome> {
    const strategy = this.strategies.find(({ groups }) => groups.some(({ name }) => name === planned.key));
    if (strategy?.fetch === undefined) throw new TypeError(`no strategy reads '${planned.key}'`);
    onReading?.(strategy.operation);
    return strategy.fetch(planned, { title: part.label, signal });
  }
}

/** Of a unit with several documents the warning says which one it is about. */
function about({ key, label }: UnitPart<unknown>, warning: UnitWarning): UnitWarning {
  return key === '' ? warning : { ...warning, message: `${label}: ${warning.message}` };
}
