import { isNarrowed, narrowingKeys, unitKey, type Narrowing, type Unit } from '@reelsync/core';
import type { Urgency } from '@reelsync/domain';
import type { RequestOrigin } from './request';

/** What a job that failed for good was to do. */
export interface FailedUnit {
  readonly unit: Unit;
  readonly narrowing: Narrowing;
  readonly urgency: Urgency;
}

export interface FailedUnitsRequestOptions extends Omit<RequestOrigin, 'urgency'> {
  /** How the jobs were chosen, for the record. */
  readonly filter: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

interface AlikeUnits extends Omit<FailedUnit, 'unit'> {
  readonly units: Unit[];
}

/**
 * Those that one call can enqueue: equally urgent and narrowed alike. A part of a unit whose whole is asked for as well is
 * left out: a run has one request per unit, and the job for the whole answers it.
 */
export function alikeFailedUnits(failed: readonly FailedUnit[]): Iterable<AlikeUnits> {
  const whole = new Set(
    failed.filter(({ narrowing }) => !isNarrowed(narrowing)).map(({ unit }) => unitKey(unit)),
  );
  const groups = new Map<string, AlikeUnits>();
  for (const { unit, urgency, narrowing } of failed) {
    if (isNarrowed(narrowing) && whole.has(unitKey(unit))) continue;
    const key = JSON.stringify([urgency, narrowingKeys(narrowing)]);
    const group = groups.get(key) ?? { urgency, narrowing, units: [] };
    groups.set(key, group);
    group.units.push(unit);
  }
  return groups.values();
}
