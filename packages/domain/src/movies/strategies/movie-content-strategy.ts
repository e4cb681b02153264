import { movieFields, type MovieRecord } from '@reelsync/core';
import type { SyncStrategy } from '../../pipeline/sync-strategy';

/** The video with everything that describes it, captions per language and chapters (ST-M9 … ST-M12). */
export class MovieContentStrategy implements SyncStrategy<MovieRecord> {
  readonly name = 'movie-content';
  readonly operation = 'content';
  readonly groups = movieFields.filter((group) => group.operation === this.operation);
}
