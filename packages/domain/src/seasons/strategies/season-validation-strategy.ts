import { validateSeason, type SeasonRecord } from '@reelsync/core';
import { ValidationStrategy } from '../../pipeline/field-strategy';

/** Judges the merged document before it is written (sync-semantics §3.5). */
export class SeasonValidationStrategy extends ValidationStrategy<SeasonRecord> {
  constructor() {
    super('season-validation', validateSeason);
  }
}
