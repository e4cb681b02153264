import type { Provider, ShowListing } from '@reelsync/core';
import type { StoredTVShow } from '@reelsync/database';

/** A show that is in the catalogue, with what servers hold of it. */
export interface SyncedShow {
  readonly document: StoredTVShow;
  /** Folder name. */
  readonly title: string;
  /** Best first; the pass's own server with everything, the others with what they provide. */
  readonly providers: readonly Provider<ShowListing>[];
}
