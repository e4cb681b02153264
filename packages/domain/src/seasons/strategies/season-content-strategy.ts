import { seasonFields, type SeasonRecord } from '@reelsync/core';
import { FieldStrategy } from '../../pipeline/field-strategy';

/** How many episodes the season has. */
export class SeasonContentStrategy extends FieldStrategy<SeasonRecord> {
  constructor() {
    super('season-content', 'content', seasonFields);
  }
}
