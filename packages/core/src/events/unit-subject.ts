import type { Unit } from '../units/unit';
import { ALL_SERVERS, type SyncEvent } from './sync-event';

/** The seasons of a show share their name, so the data of each event says which one it is about. */
export function unitData(unit: Unit): { readonly seasonNumber?: number } {
  return 'season' in unit ? { seasonNumber: unit.season } : {};
}

/** What the events of a unit are about, by the names of sync-semantics §7.1. */
export function unitSubject(unit: Unit): Pick<SyncEvent, 'entityId' | 'mediaType' | 'serverId'> {
  switch (unit.kind) {
    case 'movie':
      return { entityId: unit.title, mediaType: 'movie', serverId: ALL_SERVERS };
    case 'show':
      return { entityId: unit.title, mediaType: 'tvshow', serverId: ALL_SERVERS };
    case 'season':
      return { entityId: unit.title, mediaType: 'season', serverId: ALL_SERVERS };
    case 'episodes':
      return { entityId: `${unit.title} S${unit.season}`, mediaType: 'episode', serverId: ALL_SERVERS };
  }
}
