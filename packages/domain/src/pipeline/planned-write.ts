import { planWrite, type FieldValues } from '@reelsync/core';
import type { ResolvedPart } from './unit-shape';
import { locksOf } from './unit-situation';

/** What writing a resolution would do to the stored document. */
export function plannedWrite(
  { resolution }: Pick<ResolvedPart<unknown, unknown>, 'resolution'>,
  current: FieldValues,
): ReturnType<typeof planWrite> {
  return planWrite(current, resolution.set, resolution.unset, locksOf(current));
}

/** Whether any document of a unit differs from what was decided about it; one that is not stored does. */
export function isWriteNeeded(resolved: readonly ResolvedPart<unknown, FieldValues>[]): boolean {
  return resolved.some(
    (one) => one.current === null || plannedWrite(one, one.current).changedFields.length > 0,
  );
}
