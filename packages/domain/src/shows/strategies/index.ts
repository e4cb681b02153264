import type { ShowRecord } from '@reelsync/core';
import type { FileReader } from '../../pipeline/file-reader';
import type { SyncStrategy } from '../../pipeline/sync-strategy';
import { ShowAssetStrategy } from './show-asset-strategy';
import { ShowBlurhashStrategy } from './show-blurhash-strategy';
import { ShowContentStrategy } from './show-content-strategy';
import { ShowMetadataStrategy } from './show-metadata-strategy';
import { ShowValidationStrategy } from './show-validation-strategy';

/** The strategies of a show in the order in which their rows resolve. */
export function showStrategies(readFile: FileReader): readonly SyncStrategy<ShowRecord>[] {
  return [
    new ShowMetadataStrategy(readFile),
    new ShowAssetStrategy(),
    new ShowContentStrategy(),
    new ShowBlurhashStrategy(readFile),
    new ShowValidationStrategy(),
  ];
}

export {
  ShowAssetStrategy,
  ShowBlurhashStrategy,
  ShowContentStrategy,
  ShowMetadataStrategy,
  ShowValidationStrategy,
};
