import type { FetchOutcome, FieldValues, Provider, Resolution, ResolveInput, Unit } from '@reelsync/core';
import type { Gate, UpsertResult, WriteStamp } from '@reelsync/database';
import type { SyncStrategy } from './sync-strategy';

/** What the reconciler knows about every document; the shape of its kind adds the rest. */
export type PartInput<P> = Pick<
  ResolveInput<P>,
  'table' | 'current' | 'locks' | 'authoritative' | 'applied' | 'force' | 'toUrl' | 'now'
>;

/** One catalogue document of a unit: most units are one document, the episodes of a season are one each. */
export interface UnitPart<P> {
  /** '' when the unit is one document; else the first part of the names under which the gate remembers files. */
  readonly key: string;
  /** For people. */
  readonly label: string;
  /** In reports of changed fields. */
  readonly fieldPrefix: string;
  readonly resolve: (input: PartInput<P>, outcomes: ReadonlyMap<string, FetchOutcome>) => Resolution;
}

/** What one document should become. */
export interface ResolvedPart<P, D> {
  readonly part: UnitPart<P>;
  readonly current: D | null;
  readonly resolution: Resolution;
}

/** Where a unit stands in the catalogue. */
export type UnitPlace<C, D> =
  | {
      readonly status: 'found';
      /** What stands above the unit. */
      readonly parents: C;
      /** What is stored of the unit, by the key of the part. */
      readonly documents: ReadonlyMap<string, D>;
    }
  | { readonly status: 'parent-missing'; readonly parent: Unit };

export type FoundPlace<C, D> = Extract<UnitPlace<C, D>, { status: 'found' }>;

export interface DocumentChange<D> {
  readonly entity: FieldValues;
  readonly existing: D | null;
  readonly unset: readonly string[];
}

/** What was just written, before the gate closes. */
export interface UnitWrite {
  /** No document of the unit is a new one: what was created is back under the id that its children hold. */
  readonly mayHaveChildren: boolean;
  /** What the gate remembers so far. */
  readonly applied: Readonly<Record<string, string>>;
  readonly stamp: WriteStamp;
}

/**
 * All in which the kinds of units differ. `R` is the inventory record, `P` what servers hold of one document, `C` the
 * documents above, `D` the stored document.
 */
export interface UnitShape<U extends Unit, R, P, C, D extends FieldValues> {
  readonly strategies: readonly SyncStrategy<P>[];
  /**
   * With `parents` only the unit's own documents are read. A show that changes meanwhile marks its children as pending,
   * which `hasMovedOn` sees.
   */
  find(unit: U, parents?: C): Promise<UnitPlace<C, D>>;
  /** The documents that servers hold something for. */
  parts(unit: U, providers: readonly Provider<R>[], parents: C): readonly UnitPart<P>[];
  /** What the unit takes from above, as JSON: part of its gate. */
  inherited(unit: U, parents: C): unknown;
  /** Answers in order. */
  write(changes: readonly DocumentChange<D>[], stamp: WriteStamp): Promise<readonly UpsertResult[]>;
  /**
   * Happens before the documents are written, if the unit has a gate: whoever relies on what is about to be overwritten has
   * to learn of it also when the job dies after the write. Answers what the gate is to forget besides files.
   */
  beforeWrite?(unit: U, resolved: readonly ResolvedPart<P, D>[], gate: Gate): Promise<readonly string[]>;
  /**
   * Happens before the gate closes, and again when it could not be closed: must be idempotent. Answers what the gate is
   * to remember besides files. `place` is as it was before.
   */
  afterWrite?(unit: U, write: UnitWrite, place: FoundPlace<C, D>): Promise<Readonly<Record<string, string>>>;
}

/** The place of a unit that is one document without parents. */
export function titlePlace<D>(document: D | null): UnitPlace<null, D> {
  return { status: 'found', parents: null, documents: oneDocument(document) };
}

export function oneDocument<D>(document: D | null): ReadonlyMap<string, D> {
  return new Map(document === null ? [] : [['', document]]);
}
