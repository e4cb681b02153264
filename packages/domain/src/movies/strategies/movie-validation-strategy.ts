import { validateMovie, type MovieRecord } from '@reelsync/core';
import { ValidationStrategy } from '../../pipeline/field-strategy';

/** Judges the merged document before it is written (sync-semantics §3.5). */
export class MovieValidationStrategy extends ValidationStrategy<MovieRecord> {
  constructor() {
    super('movie-validation', validateMovie);
  }
}
