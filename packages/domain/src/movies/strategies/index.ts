import type { MovieRecord } from '@reelsync/core';
import type { FileReader } from '../../pipeline/file-reader';
import type { SyncStrategy } from '../../pipeline/sync-strategy';
import { MovieAssetStrategy } from './movie-asset-strategy';
import { MovieBlurhashStrategy } from './movie-blurhash-strategy';
import { MovieContentStrategy } from './movie-content-strategy';
import { MovieMetadataStrategy } from './movie-metadata-strategy';
import { MovieValidationStrategy } from './movie-validation-strategy';

/** The strategies of a movie in the order in which their rows resolve. */
export function movieStrategies(readFile: FileReader): readonly SyncStrategy<MovieRecord>[] {
  return [
    new MovieMetadataStrategy(readFile),
    new MovieAssetStrategy(),
    new MovieContentStrategy(),
    new MovieBlurhashStrategy(readFile),
    new MovieValidationStrategy(),
  ];
}

export {
  MovieAssetStrategy,
  MovieBlurhashStrategy,
  MovieContentStrategy,
  MovieMetadataStrategy,
  MovieValidationStrategy,
};
