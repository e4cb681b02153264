import type { Operation } from '@reelsync/core';

/** How one unit is to be brought up to date. */
export interface UnitContext {
  readonly signal: AbortSignal;
  readonly runId?: string;
  /** Only these strategies run; the gate is then neither consulted nor advanced. */
  readonly operations?: readonly Operation[];
  /** No gate at any level, every file is read again (CD-5). */
  readonly force?: boolean;
}
