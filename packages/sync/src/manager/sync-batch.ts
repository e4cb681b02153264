import type { EventMediaType, Operation, UnitOutcome } from '@reelsync/core';

export const SYNC_MODES = ['direct', 'queue'] as const;
/** `direct`: in this process, without Redis. `queue`: jobs for the workers, which are waited for. */
export type SyncMode = (typeof SYNC_MODES)[number];

/** What a server holds, by folder name, as its listings say it (`/media/movies`, `/media/tv`). May be a part of it. */
export interface FileServerData {
  readonly movies?: Readonly<Record<string, unknown>> | undefined;
  readonly tv?: Readonly<Record<string, unknown>> | undefined;
}

export interface SyncOptions {
  /** Only these strategies; gates are then neither consulted nor closed. Default: all. */
  readonly operations?: readonly Operation[] | undefined;
  /** Units that direct mode works on at the same time. Default: what a worker is configured to do. */
  readonly concurrency?: number | undefined;
  /** No gate at any level, every file is read again (CD-5). */
  readonly forceSync?: boolean | undefined;
  /** What the server says about the titles. Without it the listing is read, conditionally. */
  readonly fileServerData?: FileServerData | undefined;
  /** Default: direct. */
  readonly mode?: SyncMode | undefined;
  /** Stops the waiting; in direct mode also the work. */
  readonly signal?: AbortSignal | undefined;
}

export interface SyncFailure {
  readonly code: string;
  readonly message: string;
  /** Folder name of the title, or id of the server. */
  readonly entityId?: string;
}

/** What one strategy did for one unit. */
export interface SyncResult {
  readonly status: 'completed' | 'failed' | 'skipped';
  /** Folder name. */
  readonly entityId: string;
  readonly mediaType: EventMediaType;
  readonly operation: Operation;
  readonly serverId: string;
  readonly timestamp: Date;
  /** Catalogue fields that were written; those of episodes as `E03.thumbnail`. */
  readonly changes: readonly string[];
  readonly errors: readonly SyncFailure[];
  readonly metadata: {
    /** Of the whole unit. */
    readonly outcome: UnitOutcome;
    readonly seasonNumber?: number;
    readonly reason?: string;
  };
}

/** Titles, each once: one of whose units failed has failed (B-44). */
export interface TitleCounts {
  readonly total: number;
  /** Created, updated and unchanged. */
  readonly completed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** Units of an operation; `changed` are those for which it wrote something. */
export interface OperationCounts {
  readonly total: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface BatchSummary extends TitleCounts {
  readonly operations: Readonly<Partial<Record<Operation, OperationCounts>>>;
}

export interface BatchSyncResult {
  /** `syncRunId` of the documents that were written. */
  readonly runId: string;
  readonly mode: SyncMode;
  /** One per unit and operation: titles by name, parents before children. */
  readonly results: readonly SyncResult[];
  readonly summary: BatchSummary;
  /** Milliseconds. */
  readonly duration: number;
  /** What failed for good: titles, and what was wrong with the batch as a whole. */
  readonly errors: readonly SyncFailure[];
}
