import type { Unit, UnitResult } from '@reelsync/core';
import type {
  EpisodeSyncService,
  MovieSyncService,
  SeasonSyncService,
  TVShowSyncService,
  UnitContext,
} from '@reelsync/domain';

export interface UnitServices {
  readonly movies: Pick<MovieSyncService, 'syncMovie'>;
  readonly shows: Pick<TVShowSyncService, 'syncShow'>;
  readonly seasons: Pick<SeasonSyncService, 'syncSeason'>;
  readonly episodes: Pick<EpisodeSyncService, 'syncEpisodes'>;
}

/** One way in for units of every kind, whoever runs them: a worker's job, direct mode, a benchmark. */
export class SyncUnits {
  constructor(private readonly services: UnitServices) {}

  /** Throws ReelsyncError; a unit that no server lists is TITLE_UNKNOWN. */
  reconcile(unit: Unit, context: UnitContext): Promise<UnitResult> {
    const { movies, shows, seasons, episodes } = this.services;
    switch (unit.kind) {
      case 'movie':
        return movies.syncMovie(unit.title, context);
      case 'show':
        return shows.syncShow(unit.title, context);
      case 'season':
        return seasons.syncSeason(unit.title, unit.season, context);
      case 'episodes':
        return episodes.syncEpisodes(unit.title, unit.season, context);
    }
  }
}
