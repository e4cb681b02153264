import type {
  FetchOutcome,
  FieldTable,
  FieldValues,
  Operation,
  PlannedFetch,
  ValidationReport,
} from '@reelsync/core';

/** What a strategy may use while it reads a file. */
export interface FetchScope {
  readonly title: string;
  readonly signal: AbortSignal;
}

/**
 * One pluggable part of a pipeline (design decision 4): it owns rows of the field table, knows how to read the files
 * those rows need, and can be run alone.
 */
export interface SyncStrategy<R> {
  readonly name: string;
  readonly operation: Operation;
  readonly groups: FieldTable<R>;
  /** Reads a file that one of the groups asked for. Never throws, except when the signal aborts. */
  fetch?(planned: PlannedFetch, scope: FetchScope): Promise<FetchOutcome>;
  /** Judges the merged document before it is written. */
  validate?(document: FieldValues): ValidationReport;
}
