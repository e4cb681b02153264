import { showFields, type ShowRecord } from '@reelsync/core';
import { FileStrategy } from '../../pipeline/field-strategy';
import type { FileReader } from '../../pipeline/file-reader';

/** `metadata`, the display title, the copies for queries, and the hashes that readers know (ST-T2). */
export class ShowMetadataStrategy extends FileStrategy<ShowRecord> {
  constructor(readFile: FileReader) {
    super('show-metadata', 'metadata', showFields, readFile);
  }
}
