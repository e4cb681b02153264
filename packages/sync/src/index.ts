export * from './requests/queue-unit-enqueuer';
export * from './requests/sync-requests';
export * from './runs/follow-run';
export * from './flat/flat-sync';
export * from './flat/sync-to-flat-structure';
export type * from './flat/flat-listings';
export type * from './flat/flat-result';
export type { FlatProgress, OnFlatProgress } from './flat/server-pass';
