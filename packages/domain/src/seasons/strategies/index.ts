import type { SeasonRecord } from '@reelsync/core';
import type { FileReader } from '../../pipeline/file-reader';
import type { SyncStrategy } from '../../pipeline/sync-strategy';
import { SeasonAssetStrategy } from './season-asset-strategy';
import { SeasonBlurhashStrategy } from './season-blurhash-strategy';
import { SeasonContentStrategy } from './season-content-strategy';
import { SeasonMetadataStrategy } from './season-metadata-strategy';
import { SeasonValidationStrategy } from './season-validation-strategy';

/** The strategies of a season in the order in which their rows resolve. */
export function seasonStrategies(readFile: FileReader): readonly SyncStrategy<SeasonRecord>[] {
  return [
    new SeasonMetadataStrategy(),
    new SeasonAssetStrategy(),
    new SeasonContentStrategy(),
    new SeasonBlurhashStrategy(readFile),
    new SeasonValidationStrategy(),
  ];
}

export {
  SeasonAssetStrategy,
  SeasonBlurhashStrategy,
  SeasonContentStrategy,
  SeasonMetadataStrategy,
  SeasonValidationStrategy,
};
