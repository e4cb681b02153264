import {
  episodeFields,
  movieFields,
  OPERATIONS,
  seasonFields,
  showFields,
  type Operation,
  type UnitKind,
  type UnitOutcome,
} from '@reelsync/core';

interface OwnedFields {
  readonly operation: Operation;
  readonly fields: readonly string[];
  readonly sources: Readonly<Record<string, string>>;
}

const TABLES: Readonly<Record<UnitKind, ReadonlyMap<string, Operation>>> = {
  movie: ownersOf(movieFields),
  show: ownersOf(showFields),
  season: ownersOf(seasonFields),
  episodes: ownersOf(episodeFields),
};

/** The strategy that a changed field belongs to; undefined for keys, ids and dates, which no strategy owns. */
export function operationOf(kind: UnitKind, changedField: string): Operation | undefined {
  return TABLES[kind].get(withoutEpisode(changedField));
}

/** What one strategy wrote for a unit, with the names of sync-semantics §7.1. */
export interface OperationProgress {
  readonly operation: Operation;
  readonly stage: UnitOutcome;
  readonly progress: 100;
  readonly updatedFields: readonly string[];
}

/** In the order of the strategies; what nothing was written for says nothing. */
export function progressByOperation(
  kind: UnitKind,
  { outcome, changedFields }: { readonly outcome: UnitOutcome; readonly changedFields: readonly string[] },
): readonly OperationProgress[] {
  return OPERATIONS.flatMap((operation): OperationProgress[] => {
    const updatedFields = changedFields.filter((field) => operationOf(kind, field) === operation);
    return updatedFields.length === 0 ? [] : [{ operation, stage: outcome, progress: 100, updatedFields }];
  });
}

function ownersOf(table: readonly OwnedFields[]): ReadonlyMap<string, Operation> {
  return new Map(
    table.flatMap(({ operation, fields, sources }) =>
      [...fields, ...Object.keys(sources)].map((field) => [field, operation] as const),
    ),
  );
}

/** Episodes are reported together: `E03.thumbnail`. */
function withoutEpisode(field: string): string {
  return field.replace(/^E\d+\./, '');
}
