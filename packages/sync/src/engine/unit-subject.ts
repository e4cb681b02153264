import type { EventMediaType, UnitKind } from '@reelsync/core';

/** Names that the website's admin page knows (sync-semantics §7.1). */
export const MEDIA_TYPES: Readonly<Record<UnitKind, EventMediaType>> = {
  movie: 'movie',
  show: 'tvshow',
  season: 'season',
  episodes: 'episode',
};
