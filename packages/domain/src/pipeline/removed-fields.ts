import { deepEqual, type FieldValues } from '@reelsync/core';
import { plannedWrite } from './planned-write';
import type { ResolvedPart } from './unit-shape';

/** Fields of stored documents that change only if what no server provides any more is removed (§5.3). */
export function removedFields<D extends FieldValues>(
  keeping: readonly ResolvedPart<unknown, D>[],
  removing: readonly ResolvedPart<unknown, D>[],
): readonly string[] {
  return keeping.flatMap((one, index) => {
    const other = removing[index];
    if (one.current === null || other === undefined) return [];
    const [kept, removed] = [plannedWrite(one, one.current), plannedWrite(other, one.current)];
    return removed.changedFields
      .filter(
        (field) =>
          !deepEqual(kept.set[field], removed.set[field]) ||
          kept.unset.includes(field) !== removed.unset.includes(field),
      )
      .map((field) => `${one.part.fieldPrefix}${field}`);
  });
}
