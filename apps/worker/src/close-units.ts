import type { Unit, UnitOutcome } from '@reelsync/core';
import type { RunRepository } from '@reelsync/database';
import type { JobPayloads, JobSettlement, SettledHook } from '@reelsync/queue';

/** Closes a unit in every run that waits for it once its job has ended for good (EV-1, EV-4). */
export function closeUnits(
  runs: Pick<RunRepository, 'finishUnit'>,
  onClosed: () => void,
): SettledHook<JobPayloads> {
  return async (settlement) => {
    const unit = unitOf(settlement);
    if (unit === undefined || !settlement.final) return;
    const { startedAt, finishedAt } = settlement;
    await runs.finishUnit({
      unit,
      startedAt,
      finishedAt,
      ...endingOf(settlement),
    });
    onClosed();
  };
}

function unitOf(settlement: JobSettlement<JobPayloads>): Unit | undefined {
  switch (settlement.name) {
    case 'movie.sync':
      return settlement.payload === undefined
        ? undefined
        : { kind: 'movie', title: settlement.payload.title };
    case 'library.scan':
      return undefined;
  }
}

function endingOf(settlement: JobSettlement<JobPayloads>): {
  outcome: UnitOutcome;
  code?: string;
  message?: string;
} {
  if (settlement.status === 'completed') return { outcome: settlement.result.outcome };
  const { code, message } = settlement.error;
  return { outcome: 'failed', code, message };
}
