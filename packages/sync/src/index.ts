export * from './engine/create-sync-engine';
export * from './engine/sync-units';
export * from './requests/queue-unit-enqueuer';
export * from './requests/sync-requests';
export * from './runs/follow-run';
export { EventFeed, type EventFeedOptions } from './events/event-feed';
export { RunAnnouncer, type AnnouncerTimes, type RunAnnouncerOptions } from './events/run-announcer';
export { scopeOf } from './events/run-facts';
