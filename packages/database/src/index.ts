export { connectDatabase } from './connection/connect-database';
export type { ConnectionInfo, DatabaseConnection, DatabaseOptions } from './connection/connect-database';
export { toDatabaseError } from './connection/to-database-error';
export { allSettled } from './batching/all-settled';
export { BatchLoader } from './batching/batch-loader';
export { BulkWriter, type WriteOperation, type WriteOutcome } from './batching/bulk-writer';
export { WriteCollector } from './batching/write-collector';
export {
  BaseRepository,
  type BaseRepositoryOptions,
  type RepositoryOptions,
} from './catalogue/base-repository';
export type { DocumentKey } from './catalogue/document-key';
export type { TitleAsset } from './catalogue/field-queries';
export { TitledRepository, type TitleAssets } from './catalogue/titled-repository';
export {
  MovieRepository,
  type MovieForCleanup,
  type MovieStats,
  type MovieVideoInfo,
} from './catalogue/movie-repository';
export type { QualityQuery } from './catalogue/movie-queries';
export { TVShowRepository, type TVShowStats } from './catalogue/tv-show-repository';
export { ChildRepository } from './catalogue/child-repository';
export { SeasonRepository, type SeasonStats } from './catalogue/season-repository';
export { EpisodeRepository, type EpisodeStats, type NeedingSyncQuery } from './catalogue/episode-repository';
export type * from './catalogue/stored-document';
export { InventoryRepository } from './inventory/inventory-repository';
export type * from './inventory/inventory-entry';
export { GateRepository } from './gates/gate-repository';
export type * from './gates/gate';
export { ListingRepository, NO_SEGMENTS } from './listings/listing-repository';
export type {
  CompleteListing,
  ListingAttempt,
  ListingKind,
  KnownSegment,
  KnownSegments,
  KnownTitles,
  ListingState,
  ListingStatus,
} from './listings/listing-repository';
export { LeaseRepository, type Lease } from './leases/lease-repository';
export { holdLeases, type HeldLeases, type HoldOptions } from './leases/hold-leases';
export { RunRepository, type RunRepositoryOptions } from './runs/run-repository';
export { RunUnits } from './runs/run-units';
export * from './runs/run';
export { TitleWatchRepository, type TitleLook, type TitleWatch } from './watches/title-watch-repository';
export {
  ScheduleRepository,
  type AppliedSchedules,
  type ScheduleState,
  type ScheduleTick,
} from './schedules/schedule-repository';
export { WebsiteSettings } from './website/website-settings';
export { DeliveryRepository, type ListDeliveriesOptions } from './webhooks/delivery-repository';
export * from './webhooks/delivery';
export { EndedSessionRepository } from './sessions/ended-session-repository';
export { ServerHoldRepository, type ServerHold } from './holds/server-hold-repository';
export { AuditRepository, type Actor, type AuditEntry } from './audit/audit-repository';
export { BulkRepository, type BulkCursor, type BulkRequest, type BulkScope } from './bulk/bulk-repository';
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
export type { ChildUnit } from './units/stored-unit';
