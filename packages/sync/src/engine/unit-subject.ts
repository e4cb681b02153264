import type { EventMediaType, Unit, UnitKind } from '@reelsync/core';

/** Names that the website's admin page knows (sync-semantics §7.1). */
export const MEDIA_TYPES: Readonly<Record<UnitKind, EventMediaType>> = {
  movie: 'movie',
  show: 'tvshow',
  season: 'season',
  episodes: 'episode',
};

/** Who the events of a unit are about: the folder name; `<folder name> S<n>` for the episodes of a season. */
export function eventEntity(unit: Unit): string {
  return unit.kind === 'episodes' ? `${unit.title} S${unit.season}` : unit.title;
}
