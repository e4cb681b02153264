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

/** What stands for all listings of a server, worst first: it has answered only when each of them has (contract §9.3). */
const STATUSES = ['failed', 'refused', 'changed', 'not-modified'] as const;
const MAX_REPORTED_PROBLEMS = 20;

/** One summary of all listings of a server, which were read side by side. */
export function combineListings(serverId: string, scans: readonly ServerScan[]): ServerScan {
  const status = STATUSES.find((one) => scans.some((scan) => scan.status === one)) ?? 'not-modified';
  const problem = scans.find((scan) => scan.status === status && scan.code !== undefined);
  const total = (count: (scan: ServerScan) => number) => scans.reduce((sum, scan) => sum + count(scan), 0);
  return {
    serverId,
    status,
    titles: total(({ titles }) => titles),
    changed: total(({ changed }) => changed),
    vanished: total(({ vanished }) => vanished),
    problems: scans.flatMap(({ problems }) => problems).slice(0, MAX_REPORTED_PROBLEMS),
    problemCount: total(({ problemCount }) => problemCount),
    bytes: total(({ bytes }) => bytes),
    durationMs: Math.max(0, ...scans.map(({ durationMs }) => durationMs)),
    ...(problem?.code === undefined ? {} : { code: problem.code }),
    ...(problem?.message === undefined ? {} : { message: problem.message }),
  };
}
