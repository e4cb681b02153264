import { showFields, type ShowRecord } from '@reelsync/core';
import { FieldStrategy } from '../../pipeline/field-strategy';

/** How many seasons and episodes there are over all servers (B-39). */
export class ShowContentStrategy extends FieldStrategy<ShowRecord> {
  constructor() {
    super('show-content', 'content', showFields);
  }
}
