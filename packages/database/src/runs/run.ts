import { UNIT_OUTCOMES, type Narrowing, type Unit, type UnitKind, type UnitOutcome } from '@reelsync/core';

export type RunTrigger = 'webhook' | 'cli' | 'schedule' | 'admin' | 'demo' | 'library';

/**
 * - done: all of its units have ended, well or not
 * - failed: the request itself could not be carried out; see `error`
 * - cancelled: somebody took it back
 * - superseded: a newer request asks for the same and more
 */
export const RUN_STATUSES = ['running', 'done', 'failed', 'cancelled', 'superseded'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/**
 * How a unit ended in a run. `merged`: brought up to date by the job of another request, which tells what it changed; of
 * all runs that wait for one job, one is told `created` or `updated` (decision 0020).
 */
export const RUN_UNIT_OUTCOMES = [...UNIT_OUTCOMES, 'merged'] as const;
export type RunUnitOutcome = (typeof RUN_UNIT_OUTCOMES)[number];

/** Units of a run by how they ended; `planned` is all of them, those still open included. */
export type RunCounts = Readonly<Record<'planned' | RunUnitOutcome, number>>;

/** The same, of every kind by itself. */
export type RunCountsByKind = Readonly<Record<UnitKind, RunCounts>>;

/** What was asked for. */
export type RunScope =
  | {
      /** A scan of all enabled servers, or of these. */
      readonly kind: 'all' | 'servers';
      readonly serverIds: readonly string[];
      readonly full: boolean;
      readonly force: boolean;
      readonly acceptShrunken?: boolean;
    }
  | {
      /** Every unit of a kind, or the named titles. */
      readonly kind: 'domain' | 'titles';
      readonly domain: RunDomain;
      /** The first few; a request may name hundreds of thousands. */
      readonly titles?: readonly string[];
      readonly operations?: NonNullable<Narrowing['operations']>;
      readonly episodes?: NonNullable<Narrowing['episodes']>;
      readonly force: boolean;
      readonly missingOnly?: boolean;
      /** The bulk request that this run is a step of. */
      readonly bulkId?: string;
    }
  | {
      /** One title, as soon as the servers list a change of it. */
      readonly kind: 'title-until-listed';
      readonly unitKind: 'movie' | 'show';
      readonly title: string;
      readonly serverIds: readonly string[];
    }
  | {
      /** Failed jobs that somebody put back on their queues. */
      readonly kind: 'failed-jobs';
      readonly filter: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'sweep' | 'retention' };

export type RunDomain = 'movies' | 'shows' | 'seasons' | 'episodes';

/** One traceable piece of work (glossary: run). */
export interface Run {
  /** 24 hex characters; also `syncRunId` of the documents that it wrote. */
  readonly id: string;
  readonly trigger: RunTrigger;
  readonly scope: RunScope;
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
  /** What else there is to say, for people. */
  readonly note?: string;
}

export interface NewRun {
  /** Default: a new one. Creating the same run twice is no error, so that a job which is retried keeps its run. */
  readonly id?: string;
  readonly trigger: RunTrigger;
  readonly scope: RunScope;
  readonly requester?: string;
  /** The scan that the run waits for; see `RunScanStore.claim`. */
  readonly scanKey?: string;
  /** Its units start when the listings of these servers have been read; see `RunListingStore`. */
  readonly unreadServers?: readonly string[];
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

/** How a unit's job ended. */
export interface UnitEnding {
  readonly unit: Unit;
  /** The runs that the job answers; see `RunUnits.awaiting`. */
  readonly runIds: readonly string[];
  /** The one of them that is told what was created or updated; without it all are. */
  readonly creditedRun?: string;
  readonly outcome: UnitOutcome;
  /** Catalogue fields that were written. */
  readonly changedFields?: readonly string[];
  readonly code?: string;
  readonly message?: string;
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

/** The same as a run counts it. */
export type CountedUnit = Omit<RunUnit, 'outcome'> & { readonly outcome: RunUnitOutcome };

/** A unit whose job failed for good. */
export interface UnitFailure {
  readonly kind: UnitKind;
  readonly title: string;
  readonly season?: number;
  readonly code: string;
  readonly message: string;
}

export interface LimitOptions {
  readonly limit: number;
}

export interface ListRunsOptions extends LimitOptions {
  readonly status?: RunStatus;
  /** Only runs that ask for one of these. */
  readonly kinds?: readonly RunScope['kind'][];
}

/** A scan that runs wait for. */
export interface WaitingScan {
  readonly key: string;
  readonly scope: RunScope;
  /** Of each of the runs. */
  readonly triggers: readonly RunTrigger[];
}

/** A server whose listings runs wait for. */
export interface UnreadServer {
  readonly serverId: string;
  /** Of each of the runs. */
  readonly triggers: readonly RunTrigger[];
}

/** What is asked of the units that a run plans. */
export interface PlanOptions extends Narrowing {
  /** Jobs answer these requests only after `stopWaiting`: what is known of the units is about to be renewed. */
  readonly waits?: boolean;
}

/** All requests of one run, or those of all runs that are older than this. */
export type RequestFilter = { readonly runId: string } | { readonly requestedBefore: Date };

export interface OpenUnitOptions {
  /** Only requests for all of a unit, not for a part. */
  readonly whole?: boolean;
  /** Only requests that no job answers yet, see `PlanOptions`. */
  readonly waits?: boolean;
}

/** A unit that some run still waits for. */
export interface OpenUnit {
  readonly unit: Unit;
  readonly runId: string;
  readonly narrowing: Narrowing;
}
