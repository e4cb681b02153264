import { showFields, type ShowRecord } from '@reelsync/core';
import { FieldStrategy } from '../../pipeline/field-strategy';

/** Poster, backdrop, logo and focal hints (ST-T3, B-13). */
export class ShowAssetStrategy extends FieldStrategy<ShowRecord> {
  constructor() {
    super('show-assets', 'assets', showFields);
  }
}
