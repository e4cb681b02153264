import type { TvShowDocument } from '@reelsync/core';
import type { Db } from 'mongodb';
import type { RepositoryOptions } from './base-repository';
import { ASSET_FIELDS, withField } from './field-queries';
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

/** FlatTVShows (sync-semantics §1.4, §6.2). */
export class TVShowRepository extends TitledRepository<TvShowDocument> {
  constructor(catalogue: Db, options: RepositoryOptions = {}) {
    super(catalogue, { ...options, collectionName: 'FlatTVShows', serverField: 'metadataSource' });
  }

  updateCounts(
    originalTitle: string,
    counts: Pick<TvShowDocument, 'seasonCount' | 'totalEpisodeCount'>,
    stamp?: Partial<WriteStamp>,
  ): Promise<UpsertResult> {
    return this.update(originalTitle, counts, stamp);
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
