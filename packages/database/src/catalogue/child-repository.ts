import { ObjectId, type Filter } from 'mongodb';
import { BaseRepository } from './base-repository';
import { bookkeeping } from './document-writer';
import type {
  CatalogueFields,
  ChildDocument,
  DeleteResult,
  Fields,
  FindOptions,
  SeasonKey,
  ShowCount,
  Stored,
  WriteStamp,
} from './stored-document';

/** How many shows the statistics name. */
const LARGEST_SHOWS = 20;

/**
 * A collection whose documents belong to shows. Everything is asked for by the show's id, so that two shows with one
 * display title never mix (B-12) and a renamed show keeps its children (B-3).
 */
export abstract class ChildRepository<T extends ChildDocument, K> extends BaseRepository<T, K> {
  /** By season, then by episode. */
  findByShow(showId: ObjectId, options?: FindOptions): AsyncGenerator<Stored<T>> {
    return this.findAll({ showId }, options);
  }

  /**
   * Copies the show's display title into its children, in one write and around locks; tells how many differed. Ids and
   * keys stay, so that nothing looks new afterwards (B-3).
   */
  async renameShow(showId: ObjectId, showTitle: string, stamp: Partial<WriteStamp> = {}): Promise<number> {
    const { modifiedCount } = await this.call('renameShow', { showId: showId.toHexString() }, () =>
      this.collection.updateMany(
        { showId, showTitle: { $ne: showTitle }, 'lockedFields.showTitle': { $ne: true } },
        { $set: { showTitle, ...bookkeeping(this.stamp(stamp)) } },
      ),
    );
    return modifiedCount;
  }

  /** Except what is locked or entered by hand (CL-8). Episodes go before their seasons, seasons before their show (CL-5). */
  deleteByShow(showId: ObjectId): Promise<DeleteResult<K>> {
    return this.deleteMatching({ showId });
  }

  /** The shows with the most documents, largest first. */
  protected countByShow(): Promise<ShowCount[]> {
    return this.aggregate<ShowCount>('countByShow', [
      { $match: { showId: { $type: 'objectId' } } },
      { $group: { _id: '$showId', showTitle: { $max: '$showTitle' }, count: { $sum: 1 } } },
      { $sort: { count: -1, _id: 1 } },
      { $limit: LARGEST_SHOWS },
      { $project: { _id: 0, showId: '$_id', showTitle: { $ifNull: ['$showTitle', ''] }, count: 1 } },
    ]);
  }
}

/** Undefined unless both are of the kind that is stored: a text that looks like an id would never be found again. */
export function readSeasonKey({ showId, seasonNumber }: Fields): SeasonKey | undefined {
  return showId instanceof ObjectId && isCount(seasonNumber, 0) ? { showId, seasonNumber } : undefined;
}

export function isCount(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least;
}

/** Narrows a filter to one show, if there is one. */
export function within(
  showId: ObjectId | undefined,
  filter: Filter<CatalogueFields>,
): Filter<CatalogueFields> {
  return showId === undefined ? filter : { showId, ...filter };
}
