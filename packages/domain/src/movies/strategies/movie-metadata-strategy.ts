import { movieFields, type MovieRecord } from '@reelsync/core';
import { FileStrategy } from '../../pipeline/field-strategy';
import type { FileReader } from '../../pipeline/file-reader';

/** `metadata`, the display `title` that comes from it, and the hashes that readers know (ST-M3 … ST-M6). */
export class MovieMetadataStrategy extends FileStrategy<MovieRecord> {
  constructor(readFile: FileReader) {
    super('movie-metadata', 'metadata', movieFields, readFile);
  }
}
