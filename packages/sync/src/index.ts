export * from './bulk/bulk-requests';
export * from './engine/create-sync-engine';
export * from './engine/direct-sync';
export * from './engine/sync-units';
export * from './manager/cleanup-report';
export * from './manager/default-manager';
export * from './manager/sync-batch';
export * from './manager/sync-manager';
export type { ServerReference } from './manager/server-reference';
export { openRequests, type RequestsParts } from './requests/open-requests';
export * from './requests/queue-unit-enqueuer';
export * from './requests/request';
export type { SyncRequests, SyncRequestsOptions } from './requests/sync-requests';
export * from './requests/listed-first';
export * from './watch/title-watcher';
export * from './watch/watch-pace';
export * from './runs/follow-run';
export * from './runs/cancel-run';
export * from './sweep/sweep';
export * from './schedules/schedule-plan';
export * from './schedules/schedule-keeper';
export * from './schedules/schedule-runner';
export * from './schedules/schedule-control';
export { EventFeed, type EventFeedOptions } from './events/event-feed';
export { RunAnnouncer, type AnnouncerTimes, type RunAnnouncerOptions } from './events/run-announcer';
export { scopeOf } from './events/run-facts';
export * from './statistics/needing-sync';
export type { ResourceManager, ResourceStats } from './statistics/resource-manager';
export * from './statistics/sync-stats';
export * from './statistics/upgrade-candidates';
export * from './flat/flat-sync';
export * from './flat/sync-to-flat-structure';
export type * from './flat/flat-listings';
export type * from './flat/flat-result';
export type { FlatProgress, OnFlatProgress } from './flat/server-pass';
export { readArrPayload, type ArrPayload } from './webhooks/arr-payload';
export { interpretArr, type ArrKind, type ArrSource } from './webhooks/interpret-arr';
export { readGenericRequest } from './webhooks/generic-request';
export { openInbox, type Inbox } from './webhooks/open-inbox';
export type { Dispatch } from './webhooks/order-dispatcher';
export { WebhookIntake, type WebhookEvent } from './webhooks/webhook-intake';
export {
  SERVER_STATUSES,
  STATUS_EFFECTS,
  type ServerStatus,
  type StatusEffect,
} from './webhooks/server-status';
export { DeliveryStore } from './webhooks/delivery-store';
export { storeDelivery, type StoreDeliveryDependencies } from './webhooks/store-delivery';
export * from './comparison/compare-engines';
export type * from './comparison/comparison-result';
export { comparableFields } from './comparison/comparable-document';
export * from './comparison/contest';
export { EngineProcess, type EngineProcessOptions } from './comparison/engine-process';
export type { EngineReport } from './comparison/engine-protocol';
export * from './comparison/format';
export { peakResidentBytes } from './comparison/process-memory';
export * from './comparison/serve-engine';
export * from './comparison/spread';
