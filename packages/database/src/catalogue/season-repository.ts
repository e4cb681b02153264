import type { SeasonDocument } from '@reelsync/core';
import type { Db, ObjectId } from 'mongodb';
import type { RepositoryOptions } from './base-repository';
import { ChildRepository, readSeasonKey, within } from './child-repository';
import { withField, withoutField } from './field-queries';
import type {
  Fields,
  FindOptions,
  SeasonKey,
  ShowCount,
  StoredSeason,
  UpsertResult,
  WriteStamp,
} from './stored-document';

export interface SeasonStats {
  readonly total: number;
  readonly withPosters: number;
  /** Over the seasons that have a count. */
  readonly averageEpisodeCount: number;
  readonly byShow: readonly ShowCount[];
}

/** FlatSeasons (sync-semantics §1.5, §6.2), keyed by show and number. */
export class SeasonRepository extends ChildRepository<SeasonDocument<ObjectId>, SeasonKey> {
  constructor(catalogue: Db, options: RepositoryOptions = {}) {
    super(catalogue, {
      ...options,
      collectionName: 'FlatSeasons',
      serverField: 'metadataSource',
      key: {
        fields: ['showId', 'seasonNumber'],
        read: readSeasonKey,
        toFields: ({ showId, seasonNumber }) => ({ showId, seasonNumber }),
      },
    });
  }

  loadSeason(showId: ObjectId, seasonNumber: number): Promise<StoredSeason | null> {
    return this.load({ showId, seasonNumber });
  }

  findSeason(showId: ObjectId, seasonNumber: number): Promise<StoredSeason | null> {
    return this.loadSeason(showId, seasonNumber);
  }

  findMissingPosters(showId?: ObjectId, options?: FindOptions): AsyncGenerator<StoredSeason> {
    return this.findAll(within(showId, withoutField('posterURL')), options);
  }

  getSeasonCount(showId: ObjectId): Promise<number> {
    return this.count({ showId });
  }

  /** Makes all seasons of a show what the entities say; see `upsertMany`. */
  bulkUpsertShow(
    seasons: readonly (Fields | SeasonDocument<ObjectId>)[],
    stamp?: Partial<WriteStamp>,
  ): Promise<UpsertResult[]> {
    return this.upsertMany(seasons, stamp);
  }

  updateBlurhash(
    showId: ObjectId,
    seasonNumber: number,
    blurhash: Pick<SeasonDocument, 'posterBlurhash' | 'posterBlurhashSource'>,
    stamp?: Partial<WriteStamp>,
  ): Promise<UpsertResult> {
    return this.update({ showId, seasonNumber }, { ...blurhash }, stamp);
  }

  updateEpisodeCount(
    showId: ObjectId,
    seasonNumber: number,
    episodeCount: number,
    stamp?: Partial<WriteStamp>,
  ): Promise<UpsertResult> {
    return this.update({ showId, seasonNumber }, { episodeCount }, stamp);
  }

  async getSeasonStats(): Promise<SeasonStats> {
    const [total, withPosters, averageEpisodeCount, byShow] = await Promise.all([
      this.count(),
      this.count(withField('posterURL')),
      this.average('episodeCount'),
      this.countByShow(),
    ]);
    return { total, withPosters, averageEpisodeCount, byShow };
  }
}
