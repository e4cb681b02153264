import type { Operation } from '@reelsync/core';
import type { RunTrigger } from '@reelsync/database';
import type { PlanRequest, Urgency } from '@reelsync/domain';

export interface RequestOrigin {
  readonly trigger: RunTrigger;
  readonly urgency: Urgency;
  /** Who asked, for the record: a webhook's server id, a user name. Never a secret. */
  readonly requester?: string;
}

export interface ScanRequestOptions extends RequestOrigin {
  readonly serverIds: readonly string[];
  readonly full?: boolean;
  readonly force?: boolean;
  readonly acceptShrunken?: boolean;
}

export interface TitlesRequestOptions extends RequestOrigin {
  readonly operations?: readonly Operation[];
  readonly force?: boolean;
  readonly signal: AbortSignal;
}

export interface SeasonsRequestOptions extends TitlesRequestOptions {
  /** Only these; left out: every season that a server lists. */
  readonly seasons?: readonly number[];
}

export interface EpisodesRequestOptions extends SeasonsRequestOptions {
  /** Only those with these numbers; left out: all episodes of the seasons. */
  readonly episodes?: readonly number[];
}

export interface UnitsRequestOptions
  extends TitlesRequestOptions, Pick<EpisodesRequestOptions, 'episodes'>, Pick<PlanRequest, 'mayStart'> {}

/** Folder names, or everything in the inventory. */
export type Titles = AsyncIterable<string> | 'all';

/** What became of a request. A merged request has its own run, which ends with the work that it was merged into. */
export interface RequestReceipt {
  readonly runId: string;
  readonly status: 'created' | 'merged';
}
