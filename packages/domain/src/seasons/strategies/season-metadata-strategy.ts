import { seasonFields, type SeasonRecord } from '@reelsync/core';
import { FieldStrategy } from '../../pipeline/field-strategy';

/** What the show's metadata says about the season: it has no file of its own (contract §4). */
export class SeasonMetadataStrategy extends FieldStrategy<SeasonRecord> {
  constructor() {
    super('season-metadata', 'metadata', seasonFields);
  }
}
