import { ALL_SERVERS, SENTINELS, type NumberedEvent, type SyncEvent } from './sync-event';

/**
 * Events that come after the event `last`, with an explicit gap in every hole: somebody who resumes must be told that
 * something is missing. A gap has the id before the event that follows it, so resuming at a gap repeats nothing.
 */
export function withoutHoles(last: number, events: readonly NumberedEvent[]): NumberedEvent[] {
  const whole: NumberedEvent[] = [];
  let previous = last;
  for (const event of events) {
    if (event.id <= previous) continue;
    if (event.id > previous + 1) whole.push(gapBetween(previous, event.id, event.timestamp));
    whole.push(event);
    previous = event.id;
  }
  return whole;
}

/** Says that what lies between two ids can not be told any more. */
export function gapBetween(after: number, before: number, timestamp: Date): NumberedEvent {
  return { id: before - 1, ...gapEvent(timestamp, { after, before }) };
}

/** Events are missing; the data says which. */
export function gapEvent(timestamp: Date, data: NonNullable<SyncEvent['data']>): SyncEvent {
  return {
    type: 'warning',
    entityId: SENTINELS.gap,
    mediaType: 'movie',
    serverId: ALL_SERVERS,
    timestamp,
    data,
  };
}
