import { showFields, type ShowRecord } from '@reelsync/core';
import { FileStrategy } from '../../pipeline/field-strategy';
import type { FileReader } from '../../pipeline/file-reader';

/** Previews of poster and backdrop; read again when the image's token or owner changes (ST-T4). */
export class ShowBlurhashStrategy extends FileStrategy<ShowRecord> {
  constructor(readFile: FileReader) {
    super('show-blurhash', 'blurhash', showFields, readFile);
  }
}
