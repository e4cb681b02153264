import type { FieldAvailability, MediaServer } from '@reelsync/core';
import type { FileServerListings } from './flat-listings';
import type { FlatSyncResult } from './flat-result';
import { FlatSync, type FlatPassOptions, type FlatSyncDependencies } from './flat-sync';

export interface FlatStructureOptions extends Omit<FlatPassOptions, 'skipInitialization' | 'forceSync'> {
  readonly dependencies: FlatSyncDependencies;
}

/** The entry point of the earlier library (sync-semantics §9.4); the one of its options that had a meaning is kept. */
export function syncToFlatStructure(
  fileServer: FileServerListings | undefined,
  serverConfig: MediaServer,
  fieldAvailability: FieldAvailability | undefined,
  skipInitialization: boolean,
  forceSync: boolean,
  { dependencies, ...options }: FlatStructureOptions,
): Promise<FlatSyncResult> {
  return new FlatSync(dependencies).syncToFlatStructure(fileServer, serverConfig, fieldAvailability, {
    ...options,
    skipInitialization,
    forceSync,
  });
}
