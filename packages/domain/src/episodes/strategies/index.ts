import type { EpisodeRecord } from '@reelsync/core';
import type { FileReader } from '../../pipeline/file-reader';
import type { SyncStrategy } from '../../pipeline/sync-strategy';
import { EpisodeAssetStrategy } from './episode-asset-strategy';
import { EpisodeBlurhashStrategy } from './episode-blurhash-strategy';
import { EpisodeContentStrategy } from './episode-content-strategy';
import { EpisodeMetadataStrategy } from './episode-metadata-strategy';
import { EpisodeValidationStrategy } from './episode-validation-strategy';

/** The strategies of an episode in the order in which their rows resolve. */
export function episodeStrategies(readFile: FileReader): readonly SyncStrategy<EpisodeRecord>[] {
  return [
    new EpisodeMetadataStrategy(readFile),
    new EpisodeAssetStrategy(),
    new EpisodeContentStrategy(),
    new EpisodeBlurhashStrategy(readFile),
    new EpisodeValidationStrategy(),
  ];
}

export {
  EpisodeAssetStrategy,
  EpisodeBlurhashStrategy,
  EpisodeContentStrategy,
  EpisodeMetadataStrategy,
  EpisodeValidationStrategy,
};
