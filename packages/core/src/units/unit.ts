/** What one job brings up to date (glossary: unit). `title` is the folder name, byte for byte. */
export type Unit =
  | { readonly kind: 'movie'; readonly title: string }
  | { readonly kind: 'show'; readonly title: string }
  | { readonly kind: 'season'; readonly title: string; readonly season: number }
  | { readonly kind: 'episodes'; readonly title: string; readonly season: number };

export const UNIT_KINDS = ['movie', 'show', 'season', 'episodes'] as const satisfies readonly Unit['kind'][];
export type UnitKind = Unit['kind'];

/** Identity of a unit as one string; titles may hold any character, so they come last. */
export function unitKey(unit: Unit): string {
  switch (unit.kind) {
    case 'movie':
    case 'show':
      return `${unit.kind}/${unit.title}`;
    case 'season':
    case 'episodes':
      return `${unit.kind}/${unit.season}/${unit.title}`;
  }
}

/** What must be in the catalogue before a unit can be, nearest first (design decision 5). */
export function parentsOf(unit: Unit): readonly Unit[] {
  switch (unit.kind) {
    case 'movie':
    case 'show':
      return [];
    case 'season':
      return [{ kind: 'show', title: unit.title }];
    case 'episodes':
      return [
        { kind: 'season', title: unit.title, season: unit.season },
        { kind: 'show', title: unit.title },
      ];
  }
}

/** For people: `show 'Fargo'`, `episodes of season 2 of 'Fargo'`. */
export function describeUnit(unit: Unit): string {
  switch (unit.kind) {
    case 'movie':
    case 'show':
      return `${unit.kind} '${unit.title}'`;
    case 'season':
      return `season ${unit.season} of '${unit.title}'`;
    case 'episodes':
      return `episodes of season ${unit.season} of '${unit.title}'`;
  }
}

/** The pluggable parts of a pipeline; each can be run alone. */
export const OPERATIONS = ['metadata', 'assets', 'content', 'blurhash', 'validation'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How a unit ended. Exactly one per planned unit (EV-1, EV-6). */
export const UNIT_OUTCOMES = ['created', 'updated', 'unchanged', 'skipped', 'failed'] as const;
export type UnitOutcome = (typeof UNIT_OUTCOMES)[number];

/** Something worth telling that did not fail the unit. */
export interface UnitWarning {
  readonly code: string;
  readonly message: string;
  readonly serverId?: string;
}

/** What a unit's handler returns; failures are thrown as ReelsyncError instead. */
export interface UnitResult {
  readonly unit: Unit;
  readonly outcome: Exclude<UnitOutcome, 'failed'>;
  /** Catalogue fields that were written, for reports and page revalidation (B-30). */
  readonly changedFields: readonly string[];
  readonly displayTitle?: string;
  readonly warnings: readonly UnitWarning[];
}
