/** The events of a sync, with the names that the website's admin page knows (sync-semantics §7.1). */
export const SYNC_EVENT_TYPES = ['started', 'progress', 'complete', 'error', 'warning'] as const;
export type SyncEventType = (typeof SYNC_EVENT_TYPES)[number];

export type EventMediaType = 'movie' | 'tvshow' | 'season' | 'episode';

export interface SyncEvent {
  readonly type: SyncEventType;
  /** The title's folder name, or a sentinel such as `__sync_complete__`. */
  readonly entityId: string;
  readonly mediaType: EventMediaType;
  readonly operation?: string;
  readonly serverId: string;
  readonly timestamp: Date;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}
