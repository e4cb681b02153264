import type { ReelsyncConfig } from '@reelsync/config';
import type { OpenedEngine } from '@reelsync/sync';
import type { EngineOutcome } from './engine-protocol';

/** Connects to everything and starts nothing; its run brings the whole catalogue in step, once. */
export type OpenEngine = (
  config: ReelsyncConfig,
  args: readonly string[],
) => Promise<OpenedEngine<EngineOutcome>>;
