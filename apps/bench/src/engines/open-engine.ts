import type { ReelsyncConfig } from '@reelsync/config';

export interface OpenedEngine {
  /** Brings the whole catalogue in step, once. */
  run(): Promise<{ readonly failed: number }>;
  close(): Promise<void>;
}

/** Connects to everything and starts nothing. */
export type OpenEngine = (config: ReelsyncConfig, args: readonly string[]) => Promise<OpenedEngine>;
