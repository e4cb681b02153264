import type { UnitKind } from '@reelsync/core';
import { RUN_UNIT_OUTCOMES, type RunCounts, type RunCountsByKind, type RunUnitOutcome } from './run';

/** Units of one run that are of one kind and ended in one way. */
export interface UnitGroup {
  readonly _id: { readonly kind: UnitKind; readonly outcome: RunUnitOutcome | 'open' };
  readonly count: number;
}

export interface UnitTally {
  readonly counts: RunCounts;
  readonly countsByKind: RunCountsByKind;
}

/** The counts of a run, together and by kind: the former are always the sum of the latter. */
export function tallyUnits(groups: readonly UnitGroup[]): UnitTally {
  const ofKind = (kind: UnitKind): RunCounts => countGroups(groups.filter(({ _id }) => _id.kind === kind));
  return {
    counts: countGroups(groups),
    countsByKind: {
      movie: ofKind('movie'),
      show: ofKind('show'),
      season: ofKind('season'),
      episodes: ofKind('episodes'),
    },
  };
}

function countGroups(groups: readonly UnitGroup[]): RunCounts {
  const counts = { planned: 0, created: 0, updated: 0, unchanged: 0, skipped: 0, failed: 0, merged: 0 };
  for (const { _id, count } of groups) {
    counts.planned += count;
    for (const outcome of RUN_UNIT_OUTCOMES) if (_id.outcome === outcome) counts[outcome] += count;
  }
  return counts;
}
