import { episodeFields, type EpisodeRecord } from '@reelsync/core';
import { FileStrategy } from '../../pipeline/field-strategy';
import type { FileReader } from '../../pipeline/file-reader';

/** Preview of the thumbnail; read again when the image's token or owner changes (ST-E5). */
export class EpisodeBlurhashStrategy extends FileStrategy<EpisodeRecord> {
  constructor(readFile: FileReader) {
    super('episode-blurhash', 'blurhash', episodeFields, readFile);
  }
}
