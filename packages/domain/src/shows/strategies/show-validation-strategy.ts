import { validateShow, type ShowRecord } from '@reelsync/core';
import { ValidationStrategy } from '../../pipeline/field-strategy';

/** Judges the merged document before it is written (sync-semantics §3.5). */
export class ShowValidationStrategy extends ValidationStrategy<ShowRecord> {
  constructor() {
    super('show-validation', validateShow);
  }
}
