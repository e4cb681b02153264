import type { LockTree } from '../catalogue/locks';
import type { ReelsyncError } from '../errors/reelsync-error';
import type {
  FetchContent,
  FieldTable,
  FieldValues,
  ParentContext,
  Provider,
  ToUrl,
} from '../fields/field-group';
import type { MediaServer } from '../servers/media-server';

/** Everything that decides what a document should hold. */
export interface ResolveInput<R> {
  readonly title: string;
  readonly table: FieldTable<R>;
  /** What each enabled server that lists the title holds, best server first (`byPrecedence`). */
  readonly providers: readonly Provider<R>[];
  /** Of seasons and episodes. */
  readonly parent?: ParentContext;
  readonly current: FieldValues | null;
  readonly locks: LockTree | undefined;
  /** Every enabled server has given a complete listing, so absence is a fact and not ignorance (§5.3, AV-2). */
  readonly authoritative: boolean;
  /** Group name -> version of the file that was applied last, from the gate. */
  readonly applied: Readonly<Record<string, string>>;
  /** Read every file again (CD-5). */
  readonly force: boolean;
  readonly toUrl: ToUrl;
  readonly now: Date;
}

export interface PlannedFetch {
  /** The group's name. */
  readonly key: string;
  readonly content: FetchContent;
  readonly server: MediaServer;
  readonly url: string;
}

/** How reading a file ended (ST-1). Only fresh, revalidated and missing may advance a gate. */
export type FetchOutcome =
  | { readonly status: 'fresh' | 'revalidated'; readonly content: unknown }
  | { readonly status: 'missing' }
  | { readonly status: 'failed'; readonly error: ReelsyncError };

export interface Resolution {
  /** Wanted values of every field that a server owns. Locks are applied by `planWrite`. */
  readonly set: FieldValues;
  readonly unset: readonly string[];
  /**
   * The part of `unset` that is field-absence cleanup (§5.3) and may be switched off. The rest keeps groups whole (AV-8)
   * and may not: without it one encode's `hdr` would stay on another's video.
   */
  readonly absent: readonly string[];
  /** Field or `field.key` -> id of the server that owns it. */
  readonly provenance: Readonly<Record<string, string>>;
  /** Files to read before the next call; empty when the resolution is complete. */
  readonly fetches: readonly PlannedFetch[];
  /** What the gate should remember as applied. */
  readonly applied: Readonly<Record<string, string>>;
  readonly failures: readonly ReelsyncError[];
}
