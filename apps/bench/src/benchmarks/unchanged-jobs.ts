import type { BenchContext } from '../benchmark';
import type { BenchInstallation } from '../stage/bench-installation';

/** Jobs per second for every movie of an installation that is in step already; starts and stops a worker. */
export async function unchangedJobRate(
  { signal }: Pick<BenchContext, 'signal'>,
  installation: BenchInstallation,
): Promise<number> {
  const worker = await installation.startWorker();
  const startedAt = performance.now();
  const { runId } = await installation.requests.requestMovies('all', {
    trigger: 'cli',
    urgency: 'bulk',
    signal,
  });
  const run = await installation.finished(runId, signal);
  const seconds = (performance.now() - startedAt) / 1000;
  await worker.stop();
  const { planned, unchanged } = run.counts;
  if (unchanged !== planned) throw new Error(`${unchanged} of ${planned} movies were unchanged`);
  return planned / seconds;
}
