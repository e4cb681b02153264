/** What one scan found on one server; stored in the run and returned by the job. */
export interface ServerScan {
  readonly serverId: string;
  readonly status: 'changed' | 'not-modified' | 'failed' | 'refused';
  /** Titles in the listing. */
  readonly titles: number;
  /** Inventory records that were written. */
  readonly changed: number;
  readonly vanished: number;
  /** Records that were left out, the first few of them. */
  readonly problems: readonly RecordProblem[];
  readonly problemCount: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly code?: string;
  readonly message?: string;
}

export interface RecordProblem {
  readonly code: 'LISTING_RECORD_INVALID';
  readonly title: string;
  readonly problem: string;
}

export interface ScanReport {
  readonly servers: readonly ServerScan[];
  /** Units that were dirty and have been enqueued. */
  readonly planned: number;
}

export function emptyTally(serverId: string): Omit<ServerScan, 'status'> {
  return {
    serverId,
    titles: 0,
    changed: 0,
    vanished: 0,
    problems: [],
    problemCount: 0,
    bytes: 0,
    durationMs: 0,
  };
}
