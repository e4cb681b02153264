import { movieFields, type MovieRecord } from '@reelsync/core';
import { FileStrategy } from '../../pipeline/field-strategy';
import type { FileReader } from '../../pipeline/file-reader';

/** Previews of poster and backdrop; read again when the image's token or owner changes (contract §6). */
export class MovieBlurhashStrategy extends FileStrategy<MovieRecord> {
  constructor(readFile: FileReader) {
    super('movie-blurhash', 'blurhash', movieFields, readFile);
  }
}
