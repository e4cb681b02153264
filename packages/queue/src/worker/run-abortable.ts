import { ReelsyncError } from '@reelsync/core';

interface AbortableRun<T> {
  readonly run: (signal: AbortSignal) => Promise<T>;
  readonly deadlineMs: number;
  /** BullMQ's signal: shutdown, a lost lock. */
  readonly cancelled: AbortSignal;
  /** How long an aborted run may go on before it is left behind. */
  readonly abandonAfterMs: number;
}

/**
 * Runs with one signal that aborts at the deadline and on cancellation. BullMQ has no job timeout, and a promise that
 * never settles would hold its slot for ever: a run that ignores its signal is abandoned.
 */
export async function runAbortable<T>(options: AbortableRun<T>): Promise<T> {
  const { run, deadlineMs, cancelled, abandonAfterMs } = options;
  const controller = new AbortController();
  let abandonTimer: NodeJS.Timeout | undefined;
  let reason: ReelsyncError | undefined;
  const abort = (error: ReelsyncError): void => {
    reason ??= error;
    controller.abort(reason);
  };
  const abandoned = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => {
      abandonTimer = setTimeout(reject, abandonAfterMs, reason);
    });
  });
  const cancel = (): void =>
    abort(new ReelsyncError('JOB_CANCELLED', `the job was cancelled: ${String(cancelled.reason)}`));
  const deadline = setTimeout(
    () => abort(new ReelsyncError('JOB_DEADLINE_EXCEEDED', `the job took longer than ${deadlineMs} ms`)),
    deadlineMs,
  );
  cancelled.addEventListener('abort', cancel, { once: true });
  if (cancelled.aborted) cancel();
  try {
    return await Promise.race([run(controller.signal), abandoned]);
  } catch (error) {
    // Whatever an aborted run throws (AbortError, a failed request) is a consequence of the abort.
    throw reason ?? error;
  } finally {
    clearTimeout(deadline);
    clearTimeout(abandonTimer);
    cancelled.removeEventListener('abort', cancel);
  }
}
