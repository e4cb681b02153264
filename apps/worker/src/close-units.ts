import { narrowingOf, type Unit, type UnitOutcome } from '@reelsync/core';
import type { RunRepository, RunUnits } from '@reelsync/database';
import type { ChildUnits } from '@reelsync/domain';
import type {
  AwaitingRuns,
  JobOrder,
  JobPayloads,
  JobSettlement,
  SettledHook,
  UnitJobName,
} from '@reelsync/queue';
import type { ListedFirst, TitleWatcher } from '@reelsync/sync';
import type { ScanClaims } from './scan-claims';

type Settlement<N extends keyof JobPayloads> = JobSettlement<JobPayloads, N>;
type UnitJob = JobOrder<JobPayloads, UnitJobName>;

export interface CloseUnitsDependencies {
  readonly runs: Pick<RunRepository, 'finishUnit' | 'fail'>;
  readonly claims: Pick<ScanClaims, 'of'>;
  readonly children: Pick<ChildUnits, 'release'>;
  readonly listedFirst: Pick<ListedFirst, 'giveUp' | 'resume'>;
  readonly watcher: Pick<TitleWatcher, 'lookSoon'>;
  readonly onClosed: () => void;
}

/** Every run that waits for a job learns how it ended for good (EV-1, EV-4). May be told twice of one job. */
export function closeUnits(dependencies: CloseUnitsDependencies): SettledHook<JobPayloads> {
  const { onClosed } = dependencies;
  return async (settlement, waiting) => {
    if (!settlement.final) return;
    switch (settlement.name) {
      case 'movie.sync':
      case 'show.sync':
      case 'season.sync':
      case 'episodes.sync':
        await closeUnit(dependencies, settlement, waiting);
        break;
      case 'library.scan':
        await endScan(dependencies, settlement);
        break;
      case 'schedule.trigger':
        await endTrigger(dependencies, settlement);
        break;
      case 'title.watch':
      case 'webhook.store':
        // Runs of the one wait for the next look, and the sweep makes sure that there is one; the other has none yet.
        break;
    }
    onClosed();
  };
}

/** The runs whose unit a job that begins now will end; those of other jobs are claimed by their handlers. */
export function awaitingRuns(units: Pick<RunUnits, 'awaiting'>): AwaitingRuns<JobPayloads> {
  return async (job) => {
    if (!isUnitJob(job)) return [];
    return units.awaiting(unitOf(job), narrowingOf(job.payload));
  };
}

/**
 * The children start before the unit is closed, whether it succeeded or not: what they need of it is in the catalogue, or
 * their jobs say that it is missing.
 */
async function closeUnit(
  { runs, children }: CloseUnitsDependencies,
  settlement: Settlement<UnitJobName>,
  waiting: readonly string[],
): Promise<void> {
  if (!hasPayload(settlement)) return;
  const { payload, priority, finishedAt } = settlement;
  const unit = unitOf(settlement);
  if (unit.kind === 'show' || unit.kind === 'season') {
    const own = payload.runId === undefined ? [] : [payload.runId];
    // Also runs whose request was merged into this job: none of them has ended before the children have.
    const runIds = [...new Set([...own, ...waiting])].sort();
    const narrowing = narrowingOf({ operations: payload.operations, episodes: undefined });
    await children.release(unit, { runIds, urgency: priority, ...narrowing });
  }
  const credited = creditedRun(payload.runId, waiting);
  await runs.finishUnit({
    unit,
    runIds: waiting,
    finishedAt,
    ...(credited === undefined ? {} : { creditedRun: credited }),
    ...endingOf(settlement),
  });
}

/**
 * The one run that is told what was created or updated (decision 0020): that of the job, or when it does not wait any more
 * (it was cancelled, or has ended with the failure that was retried), the one that has waited longest.
 */
function creditedRun(own: string | undefined, waiting: readonly string[]): string | undefined {
  return own !== undefined && waiting.includes(own) ? own : waiting[0];
}

function hasPayload(settlement: Settlement<UnitJobName>): settlement is Settlement<UnitJobName> & UnitJob {
  return settlement.payload !== undefined;
}

function isUnitJob(job: JobOrder<JobPayloads>): job is UnitJob {
  switch (job.name) {
    case 'movie.sync':
    case 'show.sync':
    case 'season.sync':
    case 'episodes.sync':
      return true;
    case 'library.scan':
    case 'title.watch':
    case 'schedule.trigger':
    case 'webhook.store':
      return false;
  }
}

function unitOf({ name, payload }: UnitJob): Unit {
  switch (name) {
    case 'movie.sync':
      return { kind: 'movie', title: payload.title };
    case 'show.sync':
      return { kind: 'show', title: payload.title };
    case 'season.sync':
      return { kind: 'season', title: payload.title, season: payload.season };
    case 'episodes.sync':
      return { kind: 'episodes', title: payload.title, season: payload.season };
  }
}

/** A scan that worked ends its runs through their units; one that failed leaves nobody else to end them. */
async function endScan(
  { runs, claims, listedFirst, watcher }: CloseUnitsDependencies,
  settlement: Settlement<'library.scan'>,
): Promise<void> {
  const { payload } = settlement;
  if (payload === undefined) return;
  if (settlement.status === 'completed') {
    const { outcome, isAgain } = settlement.result;
    // Of an interrupted scan only the first start has seen what changed.
    if (outcome === 'updated' || isAgain === true) await watcher.lookSoon(payload.serverIds);
    return;
  }
  await listedFirst.resume(payload.serverIds, settlement.jobId);
  // Whoever waits for its servers has such a scan, and may have asked for it since another one began.
  if (payload.awaited === true) await listedFirst.giveUp(payload.serverIds, settlement.jobId);
  for (const { id } of await claims.of(payload)) await runs.fail(id, settlement.error, settlement.finishedAt);
}

/** One that worked has ended the runs of those who asked for it. */
async function endTrigger(
  { runs, claims }: CloseUnitsDependencies,
  settlement: Settlement<'schedule.trigger'>,
): Promise<void> {
  const { payload } = settlement;
  if (payload === undefined || settlement.status === 'completed') return;
  for (const { id } of await claims.of(payload)) await runs.fail(id, settlement.error, settlement.finishedAt);
}

function endingOf(settlement: Settlement<UnitJobName>): {
  outcome: UnitOutcome;
  changedFields?: readonly string[];
  code?: string;
  message?: string;
} {
  if (settlement.status === 'completed') {
    const { outcome, changedFields } = settlement.result;
    return { outcome, ...(changedFields === undefined ? {} : { changedFields }) };
  }
  const { code, message } = settlement.error;
  return { outcome: 'failed', code, message };
}
