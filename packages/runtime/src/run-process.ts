import { ReelsyncError } from '@reelsync/core';
import { Lifecycle } from './lifecycle';
import type { Logger } from './logger';

/** Exit codes that a supervisor can tell apart. */
export const EXIT_CODES = { ok: 0, failed: 1, misconfigured: 2, forced: 3 } as const;

export interface ProcessOptions {
  readonly logger: Logger;
  /** Starts everything, registering what has to be stopped; resolves when the process is ready. */
  readonly start: (lifecycle: Lifecycle) => Promise<void>;
}

/**
 * Runs a long-lived process: the first SIGINT or SIGTERM stops it in order, a second one or the deadline forces it.
 * A start that fails stops what had been started and exits with a code that tells a wrong setting from a fault.
 */
export async function runProcess({ logger, start }: ProcessOptions): Promise<void> {
  const lifecycle = new Lifecycle(logger);
  const shutdown = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, 'stopping');
    forceAfter(lifecycle.stopDeadlineMs, logger);
    void lifecycle.stop().then((clean) => exit(logger, clean ? EXIT_CODES.ok : EXIT_CODES.failed));
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        logger.warn('second signal: stopping at once');
        exit(logger, EXIT_CODES.forced);
      });
    }
  };
  let stopped = false;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stopped) return;
      stopped = true;
      shutdown(name);
    });
  }
  try {
    await start(lifecycle);
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    await lifecycle.stop();
    const misconfigured = error instanceof ReelsyncError && error.category === 'configuration';
    exit(logger, misconfigured ? EXIT_CODES.misconfigured : EXIT_CODES.failed);
  }
}

function forceAfter(deadlineMs: number, logger: Logger): void {
  setTimeout(() => {
    logger.error({ deadlineMs }, 'stopping took too long: forced');
    exit(logger, EXIT_CODES.forced);
  }, deadlineMs).unref();
}

function exit(logger: Logger, code: number): void {
  logger.flush();
  process.exit(code);
}
