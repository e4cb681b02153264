import { movieFields, type MovieRecord } from '@reelsync/core';
import type { SyncStrategy } from '../../pipeline/sync-strategy';

/** Poster, backdrop, logo and focal hints: URLs and values that stand in the listing (ST-M7, ST-M8). */
export class MovieAssetStrategy implements SyncStrategy<MovieRecord> {
  readonly name = 'movie-assets';
  readonly operation = 'assets';
  readonly groups = movieFields.filter((group) => group.operation === this.operation);
}
