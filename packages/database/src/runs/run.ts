import type { Narrowing, Unit, UnitKind, UnitOutcome } from '@reelsync/core';

export type RunTrigger = 'webhook' | 'cli' | 'schedule' | 'admin' | 'demo' | 'library';
export type RunStatus = 'running' | 'done' | 'failed';

/** Units of a run by how they ended; `planned` is all of them, those still open included. */
export type RunCounts = Readonly<Record<'planned' | UnitOutcome, number>>;

/** The same, of every kind by itself. */
export type RunCountsByKind = Readonly<Record<UnitKind, RunCounts>>;

/** One traceable piece of work (glossary: run). */
export interface Run {
  /** 24 hex characters; also `syncRunId` of the documents that it wrote. */
  readonly id: string;
  readonly trigger: RunTrigger;
  /** What was asked for, as the caller put it. */
  readonly scope: Readonly<Record<string, unknown>>;
  readonly requester?: string;
  readonly status: RunStatus;
  readonly startedAt: Date;
  readonly finishedAt?: Date;
  /** No further units will be added. */
  readonly planningDone: boolean;
  readonly counts: RunCounts;
  readonly countsByKind: RunCountsByKind;
  /** What a scan found on each server. */
  readonly servers: readonly RunServer[];
  readonly error?: RunError;
}

export interface NewRun {
  /** Default: a new one. Creating the same run twice is no error, so that a job which is retried keeps its run. */
  readonly id?: string;
  readonly trigger: RunTrigger;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly requester?: string;
  /** The scan that the run waits for; see `claimScan`. */
  readonly scanKey?: string;
  readonly startedAt: Date;
}

export interface RunServer {
  readonly serverId: string;
  readonly status: 'changed' | 'not-modified' | 'failed' | 'refused';
  readonly titles: number;
  readonly changed: number;
  readonly vanished: number;
  readonly problems: readonly { readonly code: string; readonly title: string; readonly problem: string }[];
  readonly problemCount: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly code?: string;
  readonly message?: string;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
}

/** How a unit's job ended; with a narrowing the job did only that. */
export interface UnitEnding extends Narrowing {
  readonly unit: Unit;
  readonly outcome: UnitOutcome;
  /** Catalogue fields that were written. */
  readonly changedFields?: readonly string[];
  readonly code?: string;
  readonly message?: string;
  /** Requests made up to here were answered by this job, whatever run they belong to. */
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** One unit of a run that has ended, and how. */
export interface RunUnit {
  readonly unit: Unit;
  readonly outcome: UnitOutcome;
  readonly changedFields: readonly string[];
  readonly code?: string;
  readonly message?: string;
  readonly finishedAt: Date;
}

/** A unit whose job failed for good. */
export interface UnitFailure {
  readonly kind: UnitKind;
  readonly title: string;
  readonly season?: number;
  readonly code: string;
  readonly message: string;
}

export interface ListRunsOptions {
  readonly limit: number;
}
