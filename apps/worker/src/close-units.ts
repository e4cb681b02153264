import type { UnitOutcome } from '@reelsync/core';
import type { RunRepository } from '@reelsync/database';
import { scanKey, type JobPayloads, type JobSettlement, type SettledHook } from '@reelsync/queue';

type Settlement<N extends keyof JobPayloads> = JobSettlement<JobPayloads, N>;

/** Every run that waits for a job learns how it ended for good (EV-1, EV-4). May be told twice of one job. */
export function closeUnits(
  runs: Pick<RunRepository, 'finishUnit' | 'claimScan' | 'fail'>,
  onClosed: () => void,
): SettledHook<JobPayloads> {
  return async (settlement) => {
    if (!settlement.final) return;
    switch (settlement.name) {
      case 'movie.sync':
        await closeMovie(runs, settlement);
        break;
      case 'library.scan':
        await failScan(runs, settlement);
        break;
    }
    onClosed();
  };
}

async function closeMovie(
  runs: Pick<RunRepository, 'finishUnit'>,
  settlement: Settlement<'movie.sync'>,
): Promise<void> {
  const { payload, startedAt, finishedAt } = settlement;
  if (payload === undefined) return;
  const unit = { kind: 'movie', title: payload.title } as const;
  await runs.finishUnit({
    unit,
    startedAt,
    finishedAt,
    ...(payload.operations === undefined ? {} : { operations: payload.operations }),
    ...endingOf(settlement),
  });
}

/** A scan that worked ends its runs through their units; one that failed leaves nobody else to end them. */
async function failScan(
  runs: Pick<RunRepository, 'claimScan' | 'fail'>,
  settlement: Settlement<'library.scan'>,
): Promise<void> {
  if (settlement.status === 'completed' || settlement.payload === undefined) return;
  // A run that asked while the scan ran has a scan of its own to come.
  for (const { id } of await runs.claimScan(scanKey(settlement.payload), settlement.startedAt)) {
    await runs.fail(id, settlement.error, settlement.finishedAt);
  }
}

function endingOf(settlement: Settlement<'movie.sync'>): {
  outcome: UnitOutcome;
  code?: string;
  message?: string;
} {
  if (settlement.status === 'completed') return { outcome: settlement.result.outcome };
  const { code, message } = settlement.error;
  return { outcome: 'failed', code, message };
}
