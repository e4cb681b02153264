export { connectDatabase } from './connection/connect-database';
export type { ConnectionInfo, DatabaseConnection, DatabaseOptions } from './connection/connect-database';
export { toDatabaseError } from './connection/to-database-error';
export { BatchLoader } from './batching/batch-loader';
export { BulkWriter, type WriteOperation, type WriteOutcome } from './batching/bulk-writer';
export { WriteCollector } from './batching/write-collector';
export { BaseRepository, type BaseRepositoryOptions } from './catalogue/base-repository';
export {
  MovieRepository,
  type MovieAssets,
  type MovieRepositoryOptions,
  type MovieStats,
  type MovieVideoInfo,
} from './catalogue/movie-repository';
export type { MovieAsset, QualityQuery } from './catalogue/movie-queries';
export type * from './catalogue/stored-document';
export { InventoryRepository } from './inventory/inventory-repository';
export type * from './inventory/inventory-entry';
export { GateRepository } from './gates/gate-repository';
export type * from './gates/gate';
export { ListingRepository } from './listings/listing-repository';
export type {
  CompleteListing,
  ListingAttempt,
  ListingState,
  ListingStatus,
} from './listings/listing-repository';
export { RunRepository, type RunRepositoryOptions } from './runs/run-repository';
export type * from './runs/run';
export { CATALOGUE_INDEXES } from './indexes/catalogue-indexes';
export { STATE_INDEXES } from './indexes/state-indexes';
export {
  ensureIndexes,
  type EnsureIndexesOptions,
  type IndexProblem,
  type IndexReport,
} from './indexes/ensure-indexes';
export type { IndexSpec } from './indexes/index-spec';
export {
  DatabaseAdapter,
  type DatabaseAdapterOptions,
  type DatabaseHealth,
  type DatabaseStats,
} from './database-adapter';
