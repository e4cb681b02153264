import {
  episodeFields,
  movieFields,
  seasonFields,
  showFields,
  type Operation,
  type UnitKind,
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
