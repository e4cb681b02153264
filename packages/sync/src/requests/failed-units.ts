import { isDeepStrictEqual } from 'node:util';
import { narrowingKeys, unitKey, type Narrowing, type Unit } from '@reelsync/core';
import type { Urgency } from '@reelsync/domain';
import { PRIORITIES } from '@reelsync/queue';
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
 * Those that one call can enqueue: equally urgent and narrowed alike. A run has one request per unit, so what is asked of a
 * unit in several ways is asked as a whole.
 */
export function alikeFailedUnits(failed: readonly FailedUnit[]): Iterable<AlikeUnits> {
  const groups = new Map<string, AlikeUnits>();
  for (const { unit, urgency, narrowing } of oncePerUnit(failed)) {
    const key = JSON.stringify([urgency, narrowingKeys(narrowing)]);
    const group = groups.get(key) ?? { urgency, narrowing, units: [] };
    groups.set(key, group);
    group.units.push(unit);
  }
  return groups.values();
}

function oncePerUnit(failed: readonly FailedUnit[]): Iterable<FailedUnit> {
  const byUnit = new Map<string, FailedUnit>();
  for (const one of failed) {
    const key = unitKey(one.unit);
    const known = byUnit.get(key);
    byUnit.set(key, known === undefined ? one : both(known, one));
  }
  return byUnit.values();
}

function both(one: FailedUnit, other: FailedUnit): FailedUnit {
  const urgency = PRIORITIES[one.urgency] <= PRIORITIES[other.urgency] ? one.urgency : other.urgency;
  return { ...one, urgency, ...(isAlike(one, other) ? {} : { narrowing: {} }) };
}

function isAlike(one: FailedUnit, other: FailedUnit): boolean {
  return isDeepStrictEqual(narrowingKeys(one.narrowing), narrowingKeys(other.narrowing));
}
