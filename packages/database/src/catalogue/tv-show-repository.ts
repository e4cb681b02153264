import type { TvShowDocument } from '@reelsync/core';
import type { Db, ObjectId } from 'mongodb';
import type { RepositoryOptions } from './base-repository';
import { ASSET_FIELDS, withField } from './field-queries';
import { LeftBehindIds } from './left-behind-ids';
import type { UpsertResult, WriteStamp } from './stored-document';
import { TitledRepository } from './titled-repository';

export interface TVShowStats {
  readonly total: number;
  readonly withPoster: number;
  readonly withBackdrop: number;
  readonly withLogo: number;
  /** Over the shows that have counts. */
  readonly averageSeasonCount: number;
  readonly averageEpisodeCount: number;
  /** A show counts in each of its genres. */
  readonly byGenre: Readonly<Record<string, number>>;
}

/** FlatTVShows (sync-semantics §1.4, §6.2). A show that is created while it has children gets the id that they hold (CL-5). */
export class TVShowRepository extends TitledRepository<TvShowDocument> {
  constructor(catalogue: Db, options: RepositoryOptions = {}) {
    const leftBehind = new LeftBehindIds(catalogue);
    super(catalogue, {
      ...options,
      collectionName: 'FlatTVShows',
      serverField: 'metadataSource',
      idOf: (originalTitle) => leftBehind.load(originalTitle),
    });
  }

  updateCounts(
    originalTitle: string,
    counts: Pick<TvShowDocument, 'seasonCount' | 'totalEpisodeCount'>,
    stamp?: Partial<WriteStamp>,
  ): Promise<UpsertResult> {
    return this.update(originalTitle, counts, stamp);
  }

  /** Folder names by id (hexadecimal); ids without a show are left out. */
  folderNames(ids: readonly ObjectId[]): Promise<ReadonlyMap<string, string>> {
    return this.call('folderNames', {}, async () => {
      const shows = await this.collection
        .find<{ _id: ObjectId; originalTitle: string }>(
          { _id: { $in: [...ids] } },
          { projection: { originalTitle: 1 } },
        )
        .toArray();
      return new Map(shows.map(({ _id, originalTitle }) => [_id.toHexString(), originalTitle]));
    });
  }

  async getTVShowStats(): Promise<TVShowStats> {
    const [total, withPoster, withBackdrop, withLogo, averageSeasonCount, averageEpisodeCount, byGenre] =
      await Promise.all([
        this.count(),
        this.count(withField(ASSET_FIELDS.poster)),
        this.count(withField(ASSET_FIELDS.backdrop)),
        this.count(withField(ASSET_FIELDS.logo)),
        this.average('seasonCount'),
        this.average('totalEpisodeCount'),
        this.countBy('$metadata.genres.name', '$metadata.genres'),
      ]);
    return {
      total,
      withPoster,
      withBackdrop,
      withLogo,
      averageSeasonCount,
      averageEpisodeCount,
      byGenre,
    };
  }
}
