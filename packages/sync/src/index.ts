export * from './bulk/bulk-requests';
export * from './engine/create-sync-engine';
export * from './engine/sync-units';
export * from './requests/queue-unit-enqueuer';
export * from './requests/sync-requests';
export * from './runs/follow-run';
