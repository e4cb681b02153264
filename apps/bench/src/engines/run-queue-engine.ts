import { peakResidentBytes } from '@reelsync/sync';
import type { BenchInstallation } from '../stage/bench-installation';
import type { EngineRun } from './run-engine';

/** One synchronisation of everything by real worker processes over the real queue. */
export async function runQueueEngine(
  installation: BenchInstallation,
  signal: AbortSignal,
  { workers = 1 }: { readonly workers?: number } = {},
): Promise<EngineRun> {
  const processes = await Promise.all(Array.from({ length: workers }, () => installation.startWorker()));
  let failed = 0;
  const costs = await installation.cost(async () => {
    const { status, counts, error } = await installation.scan(signal);
    if (status !== 'done') throw new Error(`the run ended as ${status}: ${error?.message ?? ''}`);
    failed = counts.failed;
  });
  const peaks = await Promise.all(processes.map(({ pid }) => peakResidentBytes(pid)));
  await installation.stopProcesses();
  return { ...costs, failed, peakResidentBytes: Math.max(...peaks) };
}
