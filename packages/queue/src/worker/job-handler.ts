import type { ReelsyncError, UnitOutcome } from '@reelsync/core';
import type { Logger } from 'pino';
import type { Priority } from '../catalog/priorities';

/** How far a job is. Throttled by the host: intermediate reports may be dropped, the last one is always sent. */
export interface ProgressReport {
  readonly operation?: string;
  readonly stage: string;
  /** 0 to 100. */
  readonly progress?: number;
  readonly [detail: string]: unknown;
}

/** What the host hands to a handler besides the payload. */
export interface JobContext {
  /** Aborts at the job's deadline, at shutdown, or when another worker took the job; its reason is a ReelsyncError. */
  readonly signal: AbortSignal;
  readonly job: {
    readonly id: string;
    readonly name: string;
    /** 1 for the first attempt. */
    readonly attempt: number;
    readonly attempts: number;
    /** 1 for the first start; unlike an attempt it also counts what was interrupted, or had to wait for something. */
    readonly starts: number;
    readonly enqueuedAt: Date;
  };
  readonly logger: Logger;
  /** What is reported together is one write, and an event each. */
  reportProgress(...reports: readonly ProgressReport[]): void;
  /** As `reportProgress`, for work that usually ends at once: nothing is sent unless it lasts for half a second. */
  reportStep(...reports: readonly ProgressReport[]): void;
}

/** What a handler returns: small JSON. It is stored in Redis and sent with the final event: counts, not lists (EV-3). */
export interface JobReturn {
  readonly outcome: Exclude<UnitOutcome, 'failed'>;
  /** Catalogue fields that were written. */
  readonly changedFields?: readonly string[];
  readonly [detail: string]: unknown;
}

/** Brings one unit up to date. May run twice for one request; failures are thrown as ReelsyncError. */
export type JobHandler<Payload> = (payload: Payload, context: JobContext) => Promise<JobReturn>;

/** One handler per job of the catalog, no more and no less. */
export type HandlerMap<Payloads> = { readonly [N in keyof Payloads]: JobHandler<Payloads[N]> };

interface Settlement {
  readonly jobId: string;
  /** Work that follows from the job is as urgent as the job. */
  readonly priority: Priority;
  readonly finishedAt: Date;
}

export interface CompletedJob extends Settlement {
  readonly status: 'completed';
  readonly result: JobReturn;
  readonly final: true;
}

export interface FailedJob extends Settlement {
  readonly status: 'failed';
  readonly error: ReelsyncError;
  /** False: another attempt follows. */
  readonly final: boolean;
}

type JobsByName<Payloads> = {
  [N in keyof Payloads]: { readonly name: N; readonly payload: Payloads[N] };
};

/** What a job is to do. */
export type JobOrder<Payloads, N extends keyof Payloads = keyof Payloads> = JobsByName<Payloads>[N];

type SettlementsByName<Payloads> = {
  [N in keyof Payloads]: {
    readonly name: N;
    /** Absent when the job's data could not be parsed. */
    readonly payload?: Payloads[N];
  } & (CompletedJob | FailedJob);
};

/** One attempt of a job that came to an end. Delayed and requeued jobs are not settled: they run again. */
export type JobSettlement<
  Payloads,
  N extends keyof Payloads = keyof Payloads,
> = SettlementsByName<Payloads>[N];

/**
 * Told of every settlement and awaited BEFORE the job leaves Redis, so it happens at least once: it must be
 * idempotent. When it throws, its error decides what happens to the job as a handler's error would.
 */
export type SettledHook<Payloads> = (
  settlement: JobSettlement<Payloads>,
  /** Those that `AwaitingRuns` has named when the attempt began; empty unless it is final. */
  runIds: readonly string[],
) => Promise<void> | void;

/**
 * The runs that wait for this job now, the one that has waited longest first. Asked when an attempt begins, before its
 * handler does: it answers those, in its hook and in the job's last event. Who comes later merges into a further job
 * (BullMQ's keep-last mode), so no clock has to tell them apart.
 */
export type AwaitingRuns<Payloads> = (job: JobOrder<Payloads>) => Promise<readonly string[]>;
