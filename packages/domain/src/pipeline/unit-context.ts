import type { Narrowing, Operation } from '@reelsync/core';

/** How one unit, or a part of it, is to be brought up to date. */
export interface UnitContext extends Narrowing {
  readonly signal: AbortSignal;
  readonly runId?: string;
  /** No gate at any level, every file is read again (CD-5). */
  readonly force?: boolean;
  /** Told whenever a strategy begins to read a file. */
  readonly onReading?: (operation: Operation) => void;
}
