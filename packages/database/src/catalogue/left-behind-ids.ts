import { ObjectId, type Collection, type Db } from 'mongodb';
import { BatchLoader } from '../batching/batch-loader';
import { databaseCall } from '../connection/to-database-error';
import type { CatalogueFields } from './stored-document';

/** An id that episodes of a folder hold, in hexadecimal -> how many of them do. */
type Holders = Map<string, number>;

/**
 * The ids of shows whose document is gone, deleted or not in the dump that was restored, while their children still hold
 * it (CL-5). Episodes tell it: they name the folder of their show. A season names no folder, so a show without a single
 * episode leaves no trace.
 */
export class LeftBehindIds {
  private readonly shows: Collection<CatalogueFields>;
  private readonly episodes: Collection<CatalogueFields>;
  private readonly loader: BatchLoader<string, ObjectId | null>;

  constructor(catalogue: Db) {
    this.shows = catalogue.collection('FlatTVShows');
    this.episodes = catalogue.collection('FlatEpisodes');
    this.loader = new BatchLoader((titles) => this.loadMany(titles));
  }

  /** Of a show that has no document, by folder name. Lookups at the same time share one query. */
  load(originalTitle: string): Promise<ObjectId | null> {
    return this.loader.load(originalTitle);
  }

  private loadMany(titles: readonly string[]): Promise<readonly (ObjectId | null)[]> {
    return databaseCall({ collection: 'FlatEpisodes', operation: 'leftBehindIds' }, async () => {
      const held = await this.heldIds(titles);
      const taken = await this.takenIds([...held.values()].flatMap((ids) => [...ids.keys()]));
      return titles.map((title) => mostHeld(held.get(title), taken));
    });
  }

  private async heldIds(titles: readonly string[]): Promise<ReadonlyMap<string, Holders>> {
    const held = new Map<string, Holders>();
    const cursor = this.episodes.find<{ originalTitle: string; showId?: unknown }>(
      { originalTitle: { $in: [...titles] } },
      { projection: { _id: 0, originalTitle: 1, showId: 1 } },
    );
    for await (const { originalTitle, showId } of cursor) {
      if (!(showId instanceof ObjectId)) continue;
      const ids: Holders = held.get(originalTitle) ?? new Map();
      ids.set(showId.toHexString(), (ids.get(showId.toHexString()) ?? 0) + 1);
      held.set(originalTitle, ids);
    }
    return held;
  }

  /** A show whose folder was renamed in its document only: its episodes still name the old folder, and are not left behind. */
  private async takenIds(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const found = await this.shows
      .find<{ _id: ObjectId }>(
        { _id: { $in: ids.map((id) => new ObjectId(id)) } },
        { projection: { _id: 1 } },
      )
      .toArray();
    return new Set(found.map(({ _id }) => _id.toHexString()));
  }
}

/** Of several, as older versions left them behind, the one with the most episodes; then the oldest. */
function mostHeld(ids: Holders | undefined, taken: ReadonlySet<string>): ObjectId | null {
  const [best] = [...(ids ?? [])]
    .filter(([id]) => !taken.has(id))
    .sort(([a, held], [b, others]) => others - held || (a < b ? -1 : 1));
  return best === undefined ? null : new ObjectId(best[0]);
}
