import type { Operation, UnitKind } from '@reelsync/core';

/** What was applied last to a unit, and what stands in its way (glossary: gate). */
export interface Gate {
  readonly id: string;
  readonly kind: UnitKind;
  readonly title: string;
  readonly season?: number;
  /** See `gateFingerprint`. Absent: never completely applied. */
  readonly fingerprint?: string;
  /** Name of a fetched group -> version of the file that was applied. */
  readonly applied: Readonly<Record<string, string>>;
  readonly appliedAt?: Date;
  /** Somebody asked for everything to be applied again (CD-5). */
  readonly forceSince?: Date;
  /** Somebody asked for these operations alone to be applied again: a job for them answers that, or one for all. */
  readonly forcedOperations?: ForcedOperations;
  readonly failure?: GateFailure;
}

export type ForcedOperations = Readonly<Partial<Record<Operation, Date>>>;

export interface GateFailure {
  readonly code: string;
  readonly message: string;
  readonly at: Date;
  /** Since the gate was last closed. */
  readonly attempts: number;
  /** Absent: only a change helps. */
  readonly retryAt?: Date;
}

export interface GateClosing {
  readonly fingerprint: string;
  readonly applied: Readonly<Record<string, string>>;
  readonly at: Date;
  /** The force request that this application answers; a later one stays. */
  readonly clearForce?: Date;
}

/** Names are those of `Gate.applied`. */
export interface AppliedChange {
  readonly set: Readonly<Record<string, string>>;
  readonly forgotten: readonly string[];
}
