import { decideDisposition, ReelsyncError, toReelsyncError } from '@reelsync/core';
import { DelayedError, UnrecoverableError, WaitingError, type Job } from 'bullmq';
import type { Logger } from 'pino';

import { priorityOf } from '../catalog/priorities';
import { isJobName, type JobCatalog } from '../catalog/job-definition';
import type {
  AwaitingRuns,
  FailedJob,
  HandlerMap,
  JobContext,
  ProgressReport,
  SettledHook,
} from './job-handler';
import { failedReason, progressRecordSchema, type ProgressRecord, type ReturnRecord } from './job-records';
import { prepareJob, settlementWithoutPayload, type PreparedJob } from './prepare-job';
import { ProgressThrottle } from './progress-throttle';
import { runAbortable } from './run-abortable';

/** Why the host cancels jobs; BullMQ passes the text on as the signal's reason. */
export const CANCEL_SHUTDOWN = 'this worker is shutting down';
export const CANCEL_LOCK_LOST = 'this worker lost the lock of the job';

/** A job that asks to be requeued while nobody shuts down must not come straight back. */
const REQUEUE_PAUSE_MS = 1000;

/** What an attempt needs from its host. */
export interface AttemptEnvironment<Payloads> {
  readonly catalog: JobCatalog<Payloads>;
  readonly handlers: HandlerMap<Payloads>;
  readonly logger: Logger;
  readonly clock: () => Date;
  readonly random: () => number;
  readonly onSettled: SettledHook<Payloads> | undefined;
  readonly awaitingRuns: AwaitingRuns<Payloads> | undefined;
  readonly abandonAfterMs: number;
  readonly maxStalledCount: number;
  readonly maxStartedAttempts: number;
  /** No new work is begun once the host closes. */
  readonly isClosing: () => boolean;
}

/**
 * One run of one job. It alone moves jobs and throws BullMQ's control errors, always both together: a move without its
 * throw, or the other way round, leaves BullMQ with a "Missing lock".
 */
export class JobAttempt<Payloads> {
  readonly startedAt: Date;
  private readonly id: string;
  private readonly attempt: number;
  private readonly attempts: number;
  private logger: Logger | undefined;
  private prepared: PreparedJob<Payloads> | undefined;
  /** The runs that waited when the attempt began; undefined until they are known. */
  private answered: readonly string[] | undefined;

  constructor(
    private readonly env: AttemptEnvironment<Payloads>,
    private readonly job: Job<unknown>,
    private readonly token: string,
    private readonly cancelled: AbortSignal,
  ) {
    this.startedAt = env.clock();
    this.id = job.id ?? '';
    this.attempt = job.attemptsMade + 1;
    this.attempts = Math.max(job.opts.attempts ?? 1, 1);
  }

  /** Made when something is logged: most jobs end without a word at the level that is on, and a child costs as much as a job. */
  private get log(): Logger {
    const { job, prepared } = this;
    this.logger ??= this.env.logger.child({
      queue: job.queueName,
      jobName: job.name,
      jobId: this.id,
      attempt: this.attempt,
      ...(prepared === undefined ? {} : { title: prepared.subject.entityId }),
    });
    return this.logger;
  }

  /** Resolves with the return value to store, or rejects with what tells BullMQ how to go on. */
  async run(): Promise<ReturnRecord> {
    if (this.env.isClosing()) return this.requeue(new ReelsyncError('JOB_CANCELLED', CANCEL_SHUTDOWN));
    try {
      return await this.handle();
    } catch (thrown) {
      return await this.dispose(toReelsyncError(thrown));
    }
  }

  private async handle(): Promise<ReturnRecord> {
    const prepared = this.prepare();
    const { subject, deadlineMs } = prepared;
    if (this.isFirstStart()) {
      void this.publish({ kind: 'started', subject });
    }
    // Of every attempt anew: between two of them requests merge into this job.
    this.answered = await this.env.awaitingRuns?.(prepared.order);
    const progress = new ProgressThrottle<readonly ProgressReport[]>((reports) =>
      this.publish({ kind: 'progress', subject, reports }),
    );
    try {
      const result = await runAbortable({
        deadlineMs,
        cancelled: this.cancelled,
        abandonAfterMs: this.env.abandonAfterMs,
        run: async (signal) => prepared.handle(this.context(signal, progress)),
      });
      await progress.end();
      const settlement = prepared.settlement({ status: 'completed', final: true, result, ...this.times() });
      const runIds = await this.runsToEnd(prepared);
      await this.env.onSettled?.(settlement, runIds ?? []);
      if (this.env.logger.isLevelEnabled('info'))
        this.log.info({ durationMs: this.durationMs(), outcome: result.outcome }, 'job completed');
      return { subject, result, ...(runIds === undefined ? {} : { runIds }) };
    } finally {
      await progress.end();
    }
  }

  private context(signal: AbortSignal, progress: ProgressThrottle<readonly ProgressReport[]>): JobContext {
    const log = (): Logger => this.log;
    return {
      signal,
      job: {
        id: this.id,
        name: this.job.name,
        attempt: this.attempt,
        attempts: this.attempts,
        starts: this.job.attemptsStarted,
        enqueuedAt: new Date(this.job.timestamp),
      },
      get logger() {
        return log();
      },
      reportProgress: (...reports) => progress.report(reports),
      reportStep: (...reports) => progress.step(reports),
    };
  }

  private prepare(): PreparedJob<Payloads> {
    const { job, env } = this;
    const { name } = job;
    if (!isJobName(env.catalog, name)) {
      throw new ReelsyncError('JOB_PAYLOAD_INVALID', `this version knows no job ${name}`);
    }
    // Prepared before the poison check, so that the settlement of a poisonous job has its payload.
    this.prepared = prepareJob(name, job.data, env.catalog, env.handlers);
    if (job.stalledCounter > env.maxStalledCount) {
      throw new ReelsyncError(
        'JOB_STALLED',
        `the job stalled ${job.stalledCounter} times: its worker died or lost Redis while it ran`,
      );
    }
    if (job.attemptsStarted > env.maxStartedAttempts) {
      throw new ReelsyncError('JOB_STALLED', `the job was started more than ${env.maxStartedAttempts} times`);
    }
    return this.prepared;
  }

  /** A job that is retried after its final failure starts anew. */
  private isFirstStart(): boolean {
    const { success, data: last } = progressRecordSchema.safeParse(this.job.progress);
    return !success || last.kind === 'failing';
  }

  private isPoisonous(): boolean {
    const { job, env } = this;
    return job.stalledCounter > env.maxStalledCount || job.attemptsStarted > env.maxStartedAttempts;
  }

  private async dispose(error: ReelsyncError): Promise<never> {
    if (this.cancelled.reason === CANCEL_LOCK_LOST) {
      this.log.warn({ durationMs: this.durationMs() }, 'job left to the worker that took it over');
      throw new WaitingError();
    }
    if (this.isPoisonous()) return this.failForGood(error);
    const disposition = decideDisposition(error);
    switch (disposition.kind) {
      case 'delay':
        return this.delay(disposition.delayMs, error);
      case 'requeue':
        return this.requeue(error);
      case 'retry':
        return this.attempt < this.attempts ? this.failForNow(error) : this.failForGood(error);
      case 'dead-letter':
        return this.failForGood(error);
    }
  }

  private async failForNow(error: ReelsyncError): Promise<never> {
    try {
      await this.settleFailure(error, false);
    } catch (hookError) {
      this.log.warn({ err: hookError }, 'settled hook failed for an attempt that is repeated');
    }
    this.log.warn({ err: error, code: error.code, durationMs: this.durationMs() }, 'job attempt failed');
    throw withStackOf(error, new Error(failedReason(error), { cause: error }));
  }

  private async failForGood(error: ReelsyncError): Promise<never> {
    try {
      await this.settleFailure(error, true);
    } catch (thrown) {
      const hookError = toReelsyncError(thrown);
      const disposition = decideDisposition(hookError);
      // The end of the job is not recorded yet, so it comes again; unless it already came too often.
      if (disposition.kind === 'delay' && !this.isPoisonous()) {
        return this.delay(disposition.delayMs, hookError);
      }
      this.log.error({ err: hookError, code: hookError.code }, 'settled hook failed for a failed job');
    }
    this.log.error({ err: error, code: error.code, durationMs: this.durationMs() }, 'job failed');
    throw withStackOf(error, new UnrecoverableError(failedReason(error)));
  }

  private async settleFailure(error: ReelsyncError, final: boolean): Promise<void> {
    const end: FailedJob = { status: 'failed', final, error, ...this.times() };
    const settlement =
      this.prepared?.settlement(end) ?? settlementWithoutPayload(this.job.name, end, this.env.catalog);
    if (settlement === undefined) return;
    const runIds = final && this.prepared !== undefined ? await this.runsToEnd(this.prepared) : undefined;
    await this.env.onSettled?.(settlement, runIds ?? []);
    if (final && this.prepared !== undefined) {
      const { subject } = this.prepared;
      await this.publish({ kind: 'failing', subject, ...(runIds === undefined ? {} : { runIds }) });
    }
  }

  /**
   * The runs that the attempt answers. One of several gets the credit (decision 0020), so those are asked whether they wait
   * still; one alone is found out when its unit is closed.
   */
  private async runsToEnd({ order }: PreparedJob<Payloads>): Promise<readonly string[] | undefined> {
    const { answered } = this;
    if (answered !== undefined && answered.length < 2) return answered;
    const waiting = await this.env.awaitingRuns?.(order);
    // Unknown when its handler was not reached, because it had stalled too often: it answers whoever waits now.
    return answered === undefined ? waiting : answered.filter((runId) => waiting?.includes(runId));
  }

  /** Uses no attempt. */
  private async delay(delayMs: number, error: ReelsyncError): Promise<never> {
    // Never less than asked for; up to a fifth more, so that the jobs of one outage do not return in one instant.
    const spreadMs = Math.round(delayMs * (1 + this.env.random() / 5));
    // The system's clock, because BullMQ subtracts it again.
    await this.giveBack(() => this.job.moveToDelayed(Date.now() + spreadMs, this.token));
    this.log.warn(
      { err: error, code: error.code, delayMs: spreadMs, durationMs: this.durationMs() },
      'job delayed',
    );
    throw new DelayedError();
  }

  /** Uses no attempt. */
  private async requeue(error: ReelsyncError): Promise<never> {
    if (!this.env.isClosing()) return this.delay(REQUEUE_PAUSE_MS, error);
    await this.giveBack(() => this.job.moveToWait(this.token));
    this.log.info({ code: error.code, durationMs: this.durationMs() }, 'job requeued');
    throw new WaitingError();
  }

  private async giveBack(move: () => Promise<unknown>): Promise<void> {
    try {
      await move();
    } catch (error) {
      // WaitingError makes BullMQ leave the job alone; without a lock it is found as stalled.
      this.log.warn({ err: error }, 'job could not be given back and will be taken over as stalled');
      throw new WaitingError();
    }
  }

  private async publish(record: ProgressRecord): Promise<void> {
    try {
      await this.job.updateProgress(record);
    } catch (error) {
      this.log.warn({ err: error }, 'progress could not be published');
    }
  }

  private times(): Pick<FailedJob, 'jobId' | 'priority' | 'finishedAt'> {
    const priority = priorityOf(this.job.priority);
    return { jobId: this.id, priority, finishedAt: this.env.clock() };
  }

  private durationMs(): number {
    return this.env.clock().getTime() - this.startedAt.getTime();
  }
}

/** BullMQ stores the stack of what is thrown; the place where the fault happened is the useful one. */
function withStackOf(origin: Error, failure: Error): Error {
  if (origin.stack !== undefined) failure.stack = origin.stack;
  return failure;
}
