import { movieFields, type MovieRecord } from '@reelsync/core';
import { FieldStrategy } from '../../pipeline/field-strategy';

/** The video with everything that describes it, captions per language and chapters (ST-M9 … ST-M12). */
export class MovieContentStrategy extends FieldStrategy<MovieRecord> {
  constructor() {
    super('movie-content', 'content', movieFields);
  }
}
