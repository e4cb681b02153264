import { episodeFields, type EpisodeRecord } from '@reelsync/core';
import { FieldStrategy } from '../../pipeline/field-strategy';

/** The video with everything that describes it, captions per language and chapters (ST-E1, ST-E2, ST-E4). */
export class EpisodeContentStrategy extends FieldStrategy<EpisodeRecord> {
  constructor() {
    super('episode-content', 'content', episodeFields);
  }
}
