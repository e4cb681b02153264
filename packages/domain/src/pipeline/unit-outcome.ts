import { ReelsyncError, type FieldValues, type Unit, type UnitResult } from '@reelsync/core';
import type { TitleUnit, UnitContext } from './unit-context';

export function unknownTitle(unit: TitleUnit): ReelsyncError {
  return new ReelsyncError('TITLE_UNKNOWN', `No server lists the ${unit.kind} '${unit.title}'`, {
    context: { title: unit.title },
  });
}

/**
 * What a run did to the document over all attempts of the job: one that died after its write, or that failed over a
 * file, leaves nothing or only the rest to the next, which would report a title that the run created as something else.
 */
export function outcomeOfRun(
  outcome: UnitResult['outcome'],
  before: FieldValues | null,
  { runId }: UnitContext,
): UnitResult['outcome'] {
  if (before === null || runId === undefined || before['syncRunId'] !== runId) return outcome;
  const { createdAt, updatedAt } = before;
  return createdAt instanceof Date && createdAt.getTime() === Number(updatedAt) ? 'created' : 'updated';
}

/** One job reports one error: the one that another attempt may cure, else the first. */
export function mostHopeful(failures: readonly ReelsyncError[]): ReelsyncError | undefined {
  return failures.find(({ category }) => category === 'transient' || category === 'throttled') ?? failures[0];
}

export function unitResult(
  unit: Unit,
  outcome: UnitResult['outcome'],
  document: FieldValues | null,
): UnitResult {
  const title = document?.['title'];
  return {
    unit,
    outcome,
    changedFields: [],
    warnings: [],
    ...(typeof title === 'string' ? { displayTitle: title } : {}),
  };
}
