/** The events of a sync, with the names that the website's admin page knows (sync-semantics §7.1). */
export const SYNC_EVENT_TYPES = ['started', 'progress', 'complete', 'error', 'warning'] as const;
export type SyncEventType = (typeof SYNC_EVENT_TYPES)[number];

export const EVENT_MEDIA_TYPES = ['movie', 'tvshow', 'season', 'episode'] as const;
export type EventMediaType = (typeof EVENT_MEDIA_TYPES)[number];

/** A unit's job reads every enabled server (design decision 3), so its events name none. */
export const ALL_SERVERS = 'server-all';

/** Entities of events that are about a run or about the events themselves and not about a title. */
export const SENTINELS = {
  runStarted: '__sync_warmup__',
  serverStarted: '__server_start__',
  serverEnded: '__server_complete__',
  /** How many units the run has planned (EV-1). */
  runPlanned: '__sync_planned__',
  runEnded: '__sync_complete__',
  /** The job that reads listings. */
  scan: '__library_scan__',
  /** The job that takes a webhook in which came while MongoDB was away. */
  webhook: '__webhook__',
  /** The job that looks whether a title is listed yet; its end is not that of the title's unit (EV-4). */
  titleWatch: '__title_watch__',
  /** One tick of a schedule. */
  schedule: '__schedule__',
  /** Events that should be here are gone. */
  gap: '__gap__',
} as const;

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

/** An event in its place. Ids rise by one from event to event, so that a hole shows (EV-2). */
export interface NumberedEvent extends SyncEvent {
  readonly id: number;
}

/** Nothing more comes of what this event is about (EV-4). */
export function isTerminal({ type }: SyncEvent): boolean {
  return type === 'complete' || type === 'error';
}

export function isGap({ entityId }: SyncEvent): boolean {
  return entityId === SENTINELS.gap;
}

/** The runs that an event is part of: a job answers every request that was merged into it. */
export function runIdsOf({ data }: SyncEvent): readonly string[] {
  const runIds = data?.['runIds'];
  return Array.isArray(runIds) ? runIds.filter((id): id is string => typeof id === 'string') : [];
}

/** Whether the event says something about the server; one of all servers does, and one of a scan names several. */
export function concernsServer(event: SyncEvent, serverId: string): boolean {
  if (serverId === ALL_SERVERS || event.serverId === ALL_SERVERS) return true;
  return event.serverId.split(',').includes(serverId);
}
