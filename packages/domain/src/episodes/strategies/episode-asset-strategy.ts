import { episodeFields, type EpisodeRecord } from '@reelsync/core';
import { FieldStrategy } from '../../pipeline/field-strategy';

/** The thumbnail. */
export class EpisodeAssetStrategy extends FieldStrategy<EpisodeRecord> {
  constructor() {
    super('episode-assets', 'assets', episodeFields);
  }
}
