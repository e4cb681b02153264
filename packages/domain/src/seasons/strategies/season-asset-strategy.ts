import { seasonFields, type SeasonRecord } from '@reelsync/core';
import { FieldStrategy } from '../../pipeline/field-strategy';

/** The poster (B-41). */
export class SeasonAssetStrategy extends FieldStrategy<SeasonRecord> {
  constructor() {
    super('season-assets', 'assets', seasonFields);
  }
}
