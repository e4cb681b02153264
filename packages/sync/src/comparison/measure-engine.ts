import { dirname, join } from 'node:path';
import type { ReelsyncConfig } from '@reelsync/config';
import { ReelsyncError, toReelsyncError, type MediaServer } from '@reelsync/core';
import {
  engineOutcomeSchema,
  type ComparedEngine,
  type EngineOutcome,
  type EngineSetup,
} from './compared-engine';
import type { ComparedTitles } from './compared-titles';
import type { CatalogueSnapshot } from './catalogue-snapshot';
import { EngineProcess } from './engine-process';
import type { FaultPlan } from './injected-faults';
import { ScratchDatabase } from './scratch-database';

/** What both engines work on. */
export interface ComparedWork {
  readonly config: ReelsyncConfig;
  readonly server: MediaServer;
  readonly titles: ComparedTitles;
  readonly signal: AbortSignal;
}

/** One first synchronisation by one engine. */
export interface EngineRun extends EngineOutcome {
  readonly durationMs: number;
  readonly peakResidentBytes: number;
  readonly catalogue: CatalogueSnapshot;
}

/** Processes run built output, also when this file runs from source or from a bundle (decision 0034). */
const ENTRY = join(dirname(require.resolve('@reelsync/sync/package.json')), 'dist', 'comparison', 'main.js');

/**
 * Runs one engine in a process of its own over scratch databases of its own.
 * @throws {ReelsyncError} COMPARISON_FAILED when it failed or wrote nothing; the signal's reason when that was aborted
 */
export async function measureEngine(
  engine: ComparedEngine,
  { config, server, titles, signal }: ComparedWork,
  faults?: FaultPlan,
): Promise<EngineRun> {
  try {
    return await ScratchDatabase.use(config.database, async (scratch) => {
      const database = { ...config.database, ...scratch.settings };
      const setup: EngineSetup = {
        engine,
        config: { ...config, servers: [server], database },
        server,
        titles,
        ...(faults === undefined ? {} : { faults }),
      };
      const report = await runInProcess(setup, signal);
      const catalogue = await scratch.snapshot();
      const { outcome, durationMs, peakResidentBytes } = report;
      if (catalogue.size === 0)
        throw new Error(`it wrote nothing; ${outcome.problems[0] ?? 'no reason given'}`);
      return { ...outcome, durationMs, peakResidentBytes, catalogue };
    });
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = toReelsyncError(error);
    if (code === 'COMPARISON_FAILED') throw error;
    const reason = code === 'UNEXPECTED' ? message : `${code}: ${message}`;
    throw new ReelsyncError('COMPARISON_FAILED', `The ${engine} engine failed: ${reason}`, {
      context: { engine, serverId: server.id },
      cause: error,
    });
  }
}

async function runInProcess(setup: EngineSetup, signal: AbortSignal) {
  const child = await EngineProcess.start({ entry: ENTRY, env: process.env, setup, signal });
  try {
    return await child.run(engineOutcomeSchema);
  } finally {
    await child.stop();
  }
}
