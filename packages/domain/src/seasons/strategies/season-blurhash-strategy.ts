import { seasonFields, type SeasonRecord } from '@reelsync/core';
import { FileStrategy } from '../../pipeline/field-strategy';
import type { FileReader } from '../../pipeline/file-reader';

/** Preview of the poster; read again when the image's token or owner changes. */
export class SeasonBlurhashStrategy extends FileStrategy<SeasonRecord> {
  constructor(readFile: FileReader) {
    super('season-blurhash', 'blurhash', seasonFields, readFile);
  }
}
