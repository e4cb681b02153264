import { ReelsyncError } from '@reelsync/core';
import type { Job, Worker } from 'bullmq';
import type { Logger } from 'pino';

import { BACKOFF_TYPE, BullFactory, type BullOptions } from '../bullmq/bull-factory';
import { backoffDelayMs } from '../catalog/backoff';
import { isJobName, queuesOf, type JobCatalog, type QueueName } from '../catalog/job-definition';
import { CANCEL_LOCK_LOST, CANCEL_SHUTDOWN, JobAttempt, type AttemptEnvironment } from './job-attempt';
import type { AwaitingRuns, HandlerMap, SettledHook } from './job-handler';
import type { ReturnRecord } from './job-records';
import { assertHandlersMatch } from './prepare-job';
import { settlesWithin } from './settles-within';

/** Times and limits with production defaults; tests and the demo shorten them. */
export interface WorkerLimits {
  /** A lock that is not renewed for this long (renewed at half of it) makes its job stalled. */
  readonly lockDurationMs: number;
  /** How often stalled jobs are looked for. A killed worker's job is taken over after lock + this. */
  readonly stalledIntervalMs: number;
  /** A job that stalled more often than this is failed: it probably kills its worker. */
  readonly maxStalledCount: number;
  /**
   * Starts of one job, waits for a dependency included. Far above what an outage of hours causes: the sweeps find the
   * unit again, but thousands of jobs must not fail because MongoDB was away for a night.
   */
  readonly maxStartedAttempts: number;
  /** How long a handler may ignore its aborted signal before it is left behind. */
  readonly abandonAfterMs: number;
}

export const DEFAULT_WORKER_LIMITS: WorkerLimits = {
  lockDurationMs: 30_000,
  stalledIntervalMs: 10_000,
  maxStalledCount: 3,
  maxStartedAttempts: 5000,
  abandonAfterMs: 5000,
};

export interface WorkerHostOptions<Payloads> extends Pick<BullOptions, 'connection' | 'prefix'> {
  /** `JOB_CATALOG`; tests bring their own. */
  readonly catalog: JobCatalog<Payloads>;
  readonly handlers: HandlerMap<NoInfer<Payloads>>;
  /** Jobs of one queue that run at the same time in this process. */
  readonly concurrency: Readonly<Record<QueueName, number>>;
  readonly logger: Logger;
  readonly onSettled?: SettledHook<NoInfer<Payloads>>;
  readonly awaitingRuns?: AwaitingRuns<NoInfer<Payloads>>;
  readonly limits?: Partial<WorkerLimits>;
  readonly clock?: () => Date;
  readonly random?: () => number;
}

export interface QueueHealth {
  readonly queue: QueueName;
  readonly running: boolean;
  readonly active: number;
  /** Age of the job that has run longest. */
  readonly longestActiveMs: number;
}

export interface WorkerHealth {
  /** Every queue has a running worker. */
  readonly ok: boolean;
  readonly queues: readonly QueueHealth[];
}

export interface CloseResult {
  /** False: something did not end in time; the process should exit without waiting for it. */
  readonly clean: boolean;
}

interface RunningWorker {
  readonly worker: Worker;
  readonly loop: Promise<void>;
}

interface ActiveJob {
  readonly queue: QueueName;
  readonly ended: Promise<unknown>;
}

/** Minutes of completed and failed counts that BullMQ keeps per queue. */
const METRICS_MINUTES = 24 * 60;
/**
 * How long an idle worker sleeps unless it is woken. Also the longest wait for a job that another worker gave back:
 * BullMQ wakes nobody for those.
 */
const IDLE_SLEEP_S = 2;
/** For giving jobs back after they were cancelled or abandoned. */
const HAND_BACK_MS = 2000;
/** For the blocking read to end. More than BullMQ needs to give up one that an outage swallowed (the idle sleep and a second). */
const DISCONNECT_MS = 4000;

/** Runs the handlers of one process: one BullMQ worker per queue. Its connection has the profile `worker`. */
export class WorkerHost<Payloads> {
  private readonly options: WorkerHostOptions<Payloads>;
  private readonly limits: WorkerLimits;
  private readonly env: AttemptEnvironment<Payloads>;
  private readonly workers = new Map<QueueName, RunningWorker>();
  private readonly active = new Map<JobAttempt<Payloads>, ActiveJob>();
  private closing: Promise<CloseResult> | undefined;

  /** Throws CONFIG_INVALID when handlers and catalog disagree. */
  constructor(options: WorkerHostOptions<Payloads>) {
    assertHandlersMatch(options.catalog, options.handlers);
    this.options = options;
    this.limits = { ...DEFAULT_WORKER_LIMITS, ...options.limits };
    this.env = {
      catalog: options.catalog,
      handlers: options.handlers,
      logger: options.logger,
      clock: options.clock ?? (() => new Date()),
      random: options.random ?? Math.random,
      onSettled: options.onSettled,
      awaitingRuns: options.awaitingRuns,
      abandonAfterMs: this.limits.abandonAfterMs,
      maxStalledCount: this.limits.maxStalledCount,
      maxStartedAttempts: this.limits.maxStartedAttempts,
      isClosing: () => this.closing !== undefined,
    };
  }

  /** Resolves when every worker is connected and takes jobs. */
  async start(): Promise<void> {
    if (this.closing !== undefined) throw new ReelsyncError('JOB_CANCELLED', CANCEL_SHUTDOWN);
    if (this.workers.size > 0) return;
    const { connection, prefix, logger, catalog } = this.options;
    const factory = new BullFactory({
      connection,
      ...(prefix === undefined ? {} : { prefix }),
      onError: (error, source) => logger.warn({ err: error, source }, 'queue connection or worker error'),
    });
    const workers = queuesOf(catalog).map((queue) => [queue, this.createWorker(factory, queue)] as const);
    for (const [queue, worker] of workers)
      this.workers.set(queue, { worker, loop: this.loop(queue, worker) });
    await Promise.all(workers.map(([, worker]) => worker.waitUntilReady()));
  }

  isRunning(): boolean {
    return this.health().ok;
  }

  health(): WorkerHealth {
    const now = this.env.clock().getTime();
    const queues = [...this.workers].map(([queue, { worker }]): QueueHealth => {
      const starts = [...this.active].flatMap(([attempt, job]) =>
        job.queue === queue ? [attempt.startedAt.getTime()] : [],
      );
      return {
        queue,
        running: worker.isRunning() && this.closing === undefined,
        active: starts.length,
        longestActiveMs: starts.length === 0 ? 0 : now - Math.min(...starts),
      };
    });
    return { ok: queues.length > 0 && queues.every(({ running }) => running), queues };
  }

  /**
   * Takes no more jobs, waits up to the grace period for running ones, then cancels them: they return to their queue
   * without using an attempt. Ends in bounded time; further calls join the first.
   */
  close({ graceMs }: { readonly graceMs: number }): Promise<CloseResult> {
    this.closing ??= this.shutDown(graceMs);
    return this.closing;
  }

  private async shutDown(graceMs: number): Promise<CloseResult> {
    const running = [...this.workers.values()];
    await Promise.all(running.map(({ worker }) => worker.pause(true)));
    if (!(await this.isIdleWithin(graceMs))) {
      for (const { worker } of running) worker.cancelAllJobs(CANCEL_SHUTDOWN);
      await this.isIdleWithin(this.limits.abandonAfterMs + HAND_BACK_MS);
    }
    const ended = await Promise.all(running.map((one) => this.end(one)));
    const clean = ended.every(Boolean);
    if (!clean) this.options.logger.error({ active: this.active.size }, 'workers did not close cleanly');
    return { clean };
  }

  /**
   * BullMQ's own close waits without deadline for running jobs, and for ever when Redis is away or has just come back.
   * So the loop is ended first, within bounds, and the close is a forced one.
   */
  private async end({ worker, loop }: RunningWorker): Promise<boolean> {
    // Ends the blocking read for new jobs.
    await worker.getBackend().disconnectBlocking(false);
    const ended = await settlesWithin(loop, DISCONNECT_MS);
    await worker.close(true);
    return ended;
  }

  /** Jobs that are still fetched after this began go straight back. */
  private isIdleWithin(timeoutMs: number): Promise<boolean> {
    return settlesWithin(Promise.allSettled([...this.active.values()].map(({ ended }) => ended)), timeoutMs);
  }

  /** BullMQ's loop of one worker; ends when the worker is paused. */
  private async loop(queue: QueueName, worker: Worker): Promise<void> {
    try {
      await worker.run();
    } catch (error) {
      this.options.logger.error({ err: error, queue }, 'worker stopped');
    }
  }

  private createWorker(factory: BullFactory, queue: QueueName): Worker {
    const { catalog, concurrency } = this.options;
    const { lockDurationMs, stalledIntervalMs } = this.limits;
    // Three declared parameters: BullMQ passes the AbortSignal to no other kind of processor.
    const process = (job: Job, token: string | undefined, signal: AbortSignal | undefined) =>
      this.process(queue, job, token, signal);
    const worker = factory.worker(queue, process, {
      concurrency: concurrency[queue],
      lockDuration: lockDurationMs,
      stalledInterval: stalledIntervalMs,
      drainDelay: IDLE_SLEEP_S,
      // JobAttempt counts instead, so that such a job is settled and fails with a code like any other.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      metrics: { maxDataPoints: METRICS_MINUTES },
      settings: {
        backoffStrategy: (attempt, type, _error, job) => {
          const name = job?.name ?? '';
          // -1 fails the job: a back-off that nobody knows was not written by this catalog.
          if (type !== BACKOFF_TYPE || !isJobName(catalog, name)) return -1;
          return backoffDelayMs(catalog[name].backoff, attempt, this.env.random);
        },
      },
    });
    // Another worker may be running these jobs already.
    worker.on('lockRenewalFailed', (jobIds) => {
      for (const id of jobIds) worker.cancelJob(id, CANCEL_LOCK_LOST);
    });
    return worker;
  }

  private async process(
    queue: QueueName,
    job: Job,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ReturnRecord> {
    if (token === undefined || signal === undefined)
      throw new TypeError('BullMQ passed no token or no signal');
    const attempt = new JobAttempt(this.env, job, token, signal);
    const ended = attempt.run();
    this.active.set(attempt, { queue, ended });
    try {
      return await ended;
    } finally {
      this.active.delete(attempt);
    }
  }
}
