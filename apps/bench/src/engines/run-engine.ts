import { join } from 'node:path';
import { EngineProcess, type EngineReport } from '@reelsync/sync';
import type { BenchInstallation, OutsideCosts } from '../stage/bench-installation';
import { engineOutcomeSchema, type EngineName, type EngineOutcome } from './engine-protocol';

const ENTRY = join(__dirname, 'main.js');

/** One synchronisation of everything by one engine. */
export interface EngineRun extends OutsideCosts {
  readonly failed: number;
  /** Of the process that did the work. */
  readonly peakResidentBytes: number;
}

/** Starts the engine, waits until it is connected, and measures from the word "begin" to its report. */
export async function runEngine(
  name: EngineName,
  installation: BenchInstallation,
  signal: AbortSignal,
  floorOf?: string,
): Promise<EngineRun> {
  const engine = await EngineProcess.start({
    entry: ENTRY,
    args: [name, ...(floorOf === undefined ? [] : [floorOf])],
    env: installation.env,
    signal,
  });
  try {
    let report: EngineReport<EngineOutcome> | undefined;
    const costs = await installation.cost(async () => {
      report = await engine.run(engineOutcomeSchema);
    });
    if (report === undefined) throw new Error(`engine ${name} reported nothing`);
    const { durationMs, peakResidentBytes, outcome } = report;
    return { ...costs, durationMs, peakResidentBytes, failed: outcome.failed };
  } finally {
    await engine.stop();
  }
}
