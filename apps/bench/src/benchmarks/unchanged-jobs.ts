import type { BenchContext } from '../benchmark';
import type { BenchInstallation } from '../stage/bench-installation';
import { drainRate } from '../engines/drain-rate';

/**
 * Jobs per second of one worker for every movie of an installation that is in step already. All jobs wait before the
 * worker starts, so that the producer takes nothing from it.
 */
export async function unchangedJobRate(
  { signal }: Pick<BenchContext, 'signal'>,
  installation: BenchInstallation,
): Promise<number> {
  const { runId } = await installation.requests.requestMovies('all', {
    trigger: 'cli',
    urgency: 'bulk',
    signal,
  });
  const rate = await drainRate(installation.config.redis, () => installation.startWorker(), signal);
  const { planned, unchanged } = (await installation.finished(runId, signal)).counts;
  await installation.stopProcesses();
  if (unchanged !== planned) throw new Error(`${unchanged} of ${planned} movies were unchanged`);
  return rate;
}
