import { validateMovie, type FieldValues, type MovieRecord, type ValidationReport } from '@reelsync/core';
import type { SyncStrategy } from '../../pipeline/sync-strategy';

/** Owns no field: it judges the merged document before it is written (sync-semantics §3.5). */
export class MovieValidationStrategy implements SyncStrategy<MovieRecord> {
  readonly name = 'movie-validation';
  readonly operation = 'validation';
  readonly groups = [];

  validate(document: FieldValues): ValidationReport {
    return validateMovie(document);
  }
}
