import { constants } from 'node:os';

/** For commands that put work on the queue. */
export const WORK_GOES_ON = 'What is on the queue goes on; see `reelsync status`.';

/** Runs a command. Ctrl-C ends it at once, with the exit code that shells expect. */
export async function withInterrupt(
  use: (signal: AbortSignal) => Promise<void>,
  afterInterrupt: string,
): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    process.exitCode = 128 + constants.signals[signal];
    interrupt.abort(signal);
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    await use(interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    if (interrupt.signal.reason === 'SIGINT') {
      process.stderr.write(`Interrupted. ${afterInterrupt}\n`);
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
