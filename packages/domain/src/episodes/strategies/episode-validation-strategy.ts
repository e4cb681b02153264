import { validateEpisode, type EpisodeRecord } from '@reelsync/core';
import { ValidationStrategy } from '../../pipeline/field-strategy';

/** Judges the merged document before it is written (sync-semantics §3.5). */
export class EpisodeValidationStrategy extends ValidationStrategy<EpisodeRecord> {
  constructor() {
    super('episode-validation', validateEpisode);
  }
}
