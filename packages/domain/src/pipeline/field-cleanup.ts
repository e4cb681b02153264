import type { UnitWarning } from '@reelsync/core';
import type { UnitSituation } from './unit-situation';

/** `off` and `dry-run` remove nothing because servers no longer provide it (§5.3); the latter says what it would. */
export type FieldCleanup = 'enforce' | 'dry-run' | 'off';

type Certainty = Pick<UnitSituation<unknown>, 'authoritative'>;

/** Absence has to be a fact, and the clean-up on (§5.3). */
export function mayRemove(cleanup: FieldCleanup, { authoritative }: Certainty): boolean {
  return authoritative && cleanup === 'enforce';
}

/** Something would go if it were certain that no server provides it. */
export function awaitsAnswers(
  cleanup: FieldCleanup,
  { authoritative }: Certainty,
  withheld: readonly string[],
): boolean {
  return withheld.length > 0 && !authoritative && cleanup === 'enforce';
}

export function dryRunWarning(
  cleanup: FieldCleanup,
  { authoritative }: Certainty,
  withheld: readonly string[],
): UnitWarning[] {
  if (cleanup !== 'dry-run' || !authoritative || withheld.length === 0) return [];
  return [{ code: 'FIELD_CLEANUP_DRY_RUN', message: `would remove ${withheld.join(', ')}` }];
}
