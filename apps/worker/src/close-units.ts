import { narrowingOf, type Unit, type UnitOutcome } from '@reelsync/core';
import type { RunRepository, RunUnits } from '@reelsync/database';
import type { ChildUnits } from '@reelsync/domain';
import {
  scanKey,
  scheduleKey,
  type AwaitingRuns,
  type JobPayloads,
  type JobSettlement,
  type SettledHook,
  type UnitJobName,
} from '@reelsync/queue';
import type { ListedFirst, TitleWatcher } from '@reelsync/sync';

type Settlement<N extends keyof JobPayloads> = JobSettlement<JobPayloads, N>;

export interface CloseUnitsDependencies {
  readonly runs: Pick<RunRepository, 'finishUnit' | 'claimScan' | 'fail'>;
  readonly children: Pick<ChildUnits, 'release'>;
  readonly listedFirst: Pick<ListedFirst, 'startAfter'>;
  readonly watcher: Pick<TitleWatcher, 'lookSoon'>;
  readonly onClosed: () => void;
}

/** Every run that waits for a job learns how it ended for good (EV-1, EV-4). May be told twice of one job. */
export function closeUnits(dependencies: CloseUnitsDependencies): SettledHook<JobPayloads> {
  const { runs, onClosed } = dependencies;
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
        await endTrigger(runs, settlement);
        break;
      case 'title.watch':
      case 'webhook.store':
        // Runs of the one wait for the next look, and the sweep makes sure that there is one; the other has none yet.
        break;
    }
    onClosed();
  };
}

/** The runs whose unit a job ends, for its last event: `closeUnits` ends it in exactly these. */
export function awaitingRuns(units: Pick<RunUnits, 'awaiting'>): AwaitingRuns<JobPayloads> {
  return async (settlement) => {
    if (!isUnitJob(settlement)) return [];
    const unit = unitOf(settlement);
    const { startedAt, payload } = settlement;
    if (unit === undefined || payload === undefined) return [];
    return units.awaiting(unit, { startedAt, ...narrowingOf(payload) });
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
  const unit = unitOf(settlement);
  if (unit === undefined) return;
  const { payload, priority, startedAt, finishedAt } = settlement;
  if (unit.kind === 'show' || unit.kind === 'season') {
    const own = payload?.runId === undefined ? [] : [payload.runId];
    // Also runs whose request was merged into this job: none of them has ended before the children have.
    const runIds = [...new Set([...own, ...waiting])].sort();
    await children.release(unit, { runIds, urgency: priority });
  }
  const credited = creditedRun(payload?.runId, waiting);
  await runs.finishUnit({
    unit,
    startedAt,
    finishedAt,
    ...(credited === undefined ? {} : { runId: credited }),
    ...(payload === undefined ? {} : narrowingOf(payload)),
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

function isUnitJob(settlement: JobSettlement<JobPayloads>): settlement is Settlement<UnitJobName> {
  switch (settlement.name) {
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

function unitOf(settlement: Settlement<UnitJobName>): Unit | undefined {
  if (settlement.payload === undefined) return undefined;
  switch (settlement.name) {
    case 'movie.sync':
      return { kind: 'movie', title: settlement.payload.title };
    case 'show.sync':
      return { kind: 'show', title: settlement.payload.title };
    case 'season.sync':
      return { kind: 'season', title: settlement.payload.title, season: settlement.payload.season };
    case 'episodes.sync':
      return { kind: 'episodes', title: settlement.payload.title, season: settlement.payload.season };
  }
}

/** A scan that worked ends its runs through their units; one that failed leaves nobody else to end them. */
async function endScan(
  { runs, listedFirst, watcher }: CloseUnitsDependencies,
  settlement: Settlement<'library.scan'>,
): Promise<void> {
  const { payload } = settlement;
  if (payload === undefined) return;
  await listedFirst.startAfter(payload);
  if (settlement.status === 'completed') {
    if (settlement.result.outcome === 'updated') await watcher.lookSoon(payload.serverIds);
    return;
  }
  // A run that asked while the scan ran has a scan of its own to come.
  for (const { id } of await runs.claimScan(scanKey(payload), settlement.startedAt)) {
    await runs.fail(id, settlement.error, settlement.finishedAt);
  }
}

/** One that worked has ended the runs of those who asked for it. */
async function endTrigger(
  runs: CloseUnitsDependencies['runs'],
  settlement: Settlement<'schedule.trigger'>,
): Promise<void> {
  const { payload } = settlement;
  if (payload === undefined || settlement.status === 'completed') return;
  for (const { id } of await runs.claimScan(scheduleKey(payload.schedule), settlement.startedAt))
    await runs.fail(id, settlement.error, settlement.finishedAt);
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
