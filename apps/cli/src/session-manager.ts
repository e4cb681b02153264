import { SyncManager } from '@reelsync/sync';
import type { Session } from './session';

/** A manager over what the session has opened, and the session closes. */
export function managerOf({ config, database, producer }: Session): SyncManager {
  return new SyncManager({ config: () => config, database, producer });
}
