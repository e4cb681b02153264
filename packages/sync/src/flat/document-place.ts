import type { FieldValues, ParentContext, Provider, Resolution, ResolveInput, ToUrl } from '@reelsync/core';
import type { UpsertOptions, UpsertResult } from '@reelsync/database';
import type { SyncStrategy } from '@reelsync/domain';
import type { AppliedMemory } from './applied-memory';
import type { FlatPass } from './flat-pass';
import type { FlatPreviews, FlatSubject } from './flat-result';

/** Everything in which the kinds of documents differ, and where one document stands. */
export interface DocumentPlace<R, D extends FieldValues> {
  readonly subject: FlatSubject;
  /** For people. */
  readonly label: string;
  readonly strategies: readonly SyncStrategy<R>[];
  /** What servers hold of it, best first; of others than the pass's own only that they hold it. */
  readonly providers: readonly Provider<R>[];
  /** The pass's own server lists it: only then is it created. */
  readonly isListed: boolean;
  readonly stored: D | null;
  parent(): ParentContext | undefined;
  /** What makes a document readable; called with an empty table. */
  structure(input: ResolveInput<R>): Resolution;
  /** Reads it again, and what stands above it. */
  reread(): Promise<D | null>;
  /** Read it again before each write; otherwise a document that this pass has created is known well enough. */
  readonly isAlwaysReread: boolean;
  write(entity: FieldValues, existing: D | null, options: UpsertOptions): Promise<UpsertResult>;
  readonly memory: AppliedMemory;
  /** The server's own hash of the document: when it moves, files are read again whatever their tokens say. */
  readonly hash?: string;
  /** Groups whose file is read in every run. */
  readonly alwaysRead: readonly string[];
  /** Fields whose URL is asked for when it is new; only reported. */
  readonly probes: readonly string[];
}

export interface StepTools {
  readonly pass: FlatPass;
  readonly mayRemove: boolean;
  /** Say what would be removed. */
  readonly isDryRun: boolean;
  readonly force: boolean;
  readonly toUrl: ToUrl;
  readonly now: () => Date;
  /** Marks every written document. */
  readonly runId?: string;
  readonly signal: AbortSignal;
  readonly isAvailable: (url: string) => Promise<boolean>;
  readonly previews: FlatPreviews['results'];
}
