import { movieFields, type MovieRecord } from '@reelsync/core';
import { FieldStrategy } from '../../pipeline/field-strategy';

/** Poster, backdrop, logo and focal hints: URLs and values that stand in the listing (ST-M7, ST-M8). */
export class MovieAssetStrategy extends FieldStrategy<MovieRecord> {
  constructor() {
    super('movie-assets', 'assets', movieFields);
  }
}
