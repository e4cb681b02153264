import {
  describeUnit,
  ReelsyncError,
  type FieldValues,
  type Unit,
  type UnitResult,
  type UnitWarning,
} from '@reelsync/core';
import type { UpsertResult } from '@reelsync/database';
import type { UnitContext } from './unit-context';

/** `episodes`: of the unit only these were wanted, and no server lists any of them. */
export function unknownUnit(unit: Unit, episodes?: readonly number[]): ReelsyncError {
  const part = episodes === undefined ? '' : `any of ${episodes.join(', ')} of the `;
  return new ReelsyncError('TITLE_UNKNOWN', `No server lists ${part}${describeUnit(unit)}`, {
    context: { title: unit.title },
  });
}

/** Episodes that were asked for by number but that no server lists. */
export function unlistedEpisodes(
  listed: readonly { readonly part: { readonly key: string } }[],
  { episodes = [] }: UnitContext,
): UnitWarning[] {
  const absent = episodes.filter((number) => !listed.some(({ part }) => part.key === String(number)));
  if (absent.length === 0) return [];
  return [{ code: 'EPISODES_UNKNOWN', message: `no server lists episode ${absent.join(', ')}` }];
}

/** What happened to one document of a unit. */
export interface DocumentOutcome {
  readonly outcome: UpsertResult['outcome'];
  readonly before: FieldValues | null;
}

/** Created if any document was, else updated if any was. */
export function outcomeOf(
  documents: readonly DocumentOutcome[],
  context: UnitContext,
): UpsertResult['outcome'] {
  const outcomes = documents.map((document) => outcomeOfRun(document, context));
  if (outcomes.includes('created')) return 'created';
  return outcomes.includes('updated') ? 'updated' : 'unchanged';
}

/**
 * What a run did to the document over all attempts of the job: one that died after its write, or that failed over a
 * file, leaves nothing or only the rest to the next, which would report a title that the run created as something else.
 */
function outcomeOfRun({ outcome, before }: DocumentOutcome, { runId }: UnitContext): UpsertResult['outcome'] {
  if (before === null || runId === undefined || before['syncRunId'] !== runId) return outcome;
  const { createdAt, updatedAt } = before;
  return createdAt instanceof Date && createdAt.getTime() === Number(updatedAt) ? 'created' : 'updated';
}

/** Both wrote, so that both count: readers of the result revalidate the pages of all changed fields (B-30). */
export function followedBy(first: UnitResult, second: UnitResult): UnitResult {
  const strongest = (['created', 'updated'] as const).find((outcome) =>
    [first.outcome, second.outcome].includes(outcome),
  );
  return {
    ...second,
    outcome: strongest ?? second.outcome,
    changedFields: [...new Set([...first.changedFields, ...second.changedFields])],
  };
}

/** One job reports one error: the one that another attempt may cure, else the first. */
export function mostHopeful(failures: readonly ReelsyncError[]): ReelsyncError | undefined {
  return failures.find(({ category }) => category === 'transient' || category === 'throttled') ?? failures[0];
}

export function unitResult(
  unit: Unit,
  outcome: UnitResult['outcome'],
  document: FieldValues | undefined,
): UnitResult {
  const title = unit.kind === 'episodes' ? undefined : document?.['title'];
  return {
    unit,
    outcome,
    changedFields: [],
    warnings: [],
    ...(typeof title === 'string' ? { displayTitle: title } : {}),
  };
}
