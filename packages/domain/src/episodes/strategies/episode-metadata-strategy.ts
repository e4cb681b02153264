import { episodeFields, type EpisodeRecord } from '@reelsync/core';
import { FileStrategy } from '../../pipeline/field-strategy';
import type { FileReader } from '../../pipeline/file-reader';

/** The episode's own metadata file; what the show's metadata says stands in for it (ST-E3). */
export class EpisodeMetadataStrategy extends FileStrategy<EpisodeRecord> {
  constructor(readFile: FileReader) {
    super('episode-metadata', 'metadata', episodeFields, readFile);
  }
}
