import { ReelsyncError, type EpisodeDocument } from '@reelsync/core';
import { ObjectId, type Db } from 'mongodb';
import { BatchLoader } from '../batching/batch-loader';
import type { RepositoryOptions } from './base-repository';
import { ChildRepository, isCount, readSeasonKey, within } from './child-repository';
import { keyText, withAnyKey } from './document-key';
import { bookkeeping } from './document-writer';
import { anyOf, WITH_VIDEO, withCaptions, withField, withoutField, WITHOUT_CAPTIONS } from './field-queries';
import type {
  DeleteResult,
  EpisodeKey,
  Fields,
  FindOptions,
  SeasonKey,
  ShowCount,
  StoredEpisode,
  UpsertResult,
  WriteStamp,
} from './stored-document';
import { withWatchKey } from './watch-key';

export interface EpisodeStats {
  readonly total: number;
  readonly withVideo: number;
  readonly withThumbnails: number;
  readonly withCaptions: number;
  readonly byShow: readonly ShowCount[];
  /** By the server that provides the video. */
  readonly byServer: Readonly<Record<string, number>>;
  /** Kilobytes, over the episodes whose size is known. */
  readonly averageFileSize: number;
}

/** Reasons to look at an episode again; one of them is enough. */
export interface NeedingSyncQuery {
  readonly missingVideo?: boolean;
  readonly missingThumbnails?: boolean;
  readonly missingCaptions?: boolean;
  /** Last written before, or never by a version that notes it. */
  readonly olderThan?: Date;
  /** Only episodes of this show. */
  readonly showId?: ObjectId;
  readonly limit?: number;
}

const SEASON_FIELDS = ['showId', 'seasonNumber'] as const;

/** FlatEpisodes (sync-semantics §1.6, §6.2), keyed by show, season and number. */
export class EpisodeRepository extends ChildRepository<EpisodeDocument<ObjectId>, EpisodeKey> {
  private readonly seasonLoader: BatchLoader<SeasonKey, StoredEpisode[]>;

  constructor(catalogue: Db, options: RepositoryOptions = {}) {
    super(catalogue, {
      ...options,
      collectionName: 'FlatEpisodes',
      serverField: 'videoSource',
      derive: (wanted, current) => withWatchKey(requireSeason(wanted, current), current),
      key: {
        fields: [...SEASON_FIELDS, 'episodeNumber'],
        read: readEpisodeKey,
        toFields: ({ showId, seasonNumber, episodeNumber }) => ({ showId, seasonNumber, episodeNumber }),
      },
    });
    this.seasonLoader = new BatchLoader((seasons) => this.loadSeasons(seasons));
  }

  /** All episodes of a season by number; seasons that are asked for at the same time share one query. */
  loadSeason(showId: ObjectId, seasonNumber: number): Promise<StoredEpisode[]> {
    return this.seasonLoader.load({ showId, seasonNumber });
  }

  findByShowAndSeason(showId: ObjectId, seasonNumber: number): Promise<StoredEpisode[]> {
    return this.loadSeason(showId, seasonNumber);
  }

  findEpisode(showId: ObjectId, seasonNumber: number, episodeNumber: number): Promise<StoredEpisode | null> {
    return this.load({ showId, seasonNumber, episodeNumber });
  }

  findMissingVideo(showId?: ObjectId, options?: FindOptions): AsyncGenerator<StoredEpisode> {
    return this.findAll(within(showId, withoutField('videoURL')), options);
  }

  findMissingThumbnails(showId?: ObjectId, options?: FindOptions): AsyncGenerator<StoredEpisode> {
    return this.findAll(within(showId, withoutField('thumbnail')), options);
  }

  findModifiedSinceByShow(
    showId: ObjectId,
    date: Date,
    options: FindOptions = {},
  ): AsyncGenerator<StoredEpisode> {
    return this.findAll({ showId, lastSynced: { $gte: date } }, { sort: { lastSynced: 1 }, ...options });
  }

  findNeedingSync({ showId, limit, ...query }: NeedingSyncQuery): AsyncGenerator<StoredEpisode> {
    const conditions = [
      ...(query.missingVideo === true ? [withoutField('videoURL')] : []),
      ...(query.missingThumbnails === true ? [withoutField('thumbnail')] : []),
      ...(query.missingCaptions === true ? [WITHOUT_CAPTIONS] : []),
      ...(query.olderThan === undefined ? [] : [{ lastSynced: { $not: { $gte: query.olderThan } } }]),
    ];
    return this.findAll(within(showId, anyOf(conditions)), limit === undefined ? {} : { limit });
  }

  getEpisodeCount(showId: ObjectId, seasonNumber?: number): Promise<number> {
    return this.count(seasonNumber === undefined ? { showId } : { showId, seasonNumber });
  }

  /** Makes all episodes of a season what the entities say; see `upsertMany`. */
  bulkUpsertSeason(
    episodes: readonly (Fields | EpisodeDocument<ObjectId>)[],
    stamp?: Partial<WriteStamp>,
  ): Promise<UpsertResult[]> {
    return this.upsertMany(episodes, stamp);
  }

  /** Gives all episodes of a season the id that its document has now, around locks; tells how many differed (CL-5). */
  async moveToSeason(
    { showId, seasonNumber }: SeasonKey,
    seasonId: ObjectId,
    stamp: Partial<WriteStamp> = {},
  ): Promise<number> {
    const { modifiedCount } = await this.call('moveToSeason', { showId: showId.toHexString() }, () =>
      this.collection.updateMany(
        { showId, seasonNumber, seasonId: { $ne: seasonId }, 'lockedFields.seasonId': { $ne: true } },
        { $set: { seasonId, ...bookkeeping(this.stamp(stamp)) } },
      ),
    );
    return modifiedCount;
  }

  /** Except what is locked or entered by hand (CL-8). */
  deleteByShowAndSeason(showId: ObjectId, seasonNumber: number): Promise<DeleteResult<EpisodeKey>> {
    return this.deleteMatching({ showId, seasonNumber });
  }

  async getEpisodeStats(): Promise<EpisodeStats> {
    const [total, withVideo, withThumbnails, captioned, byShow, byServer, averageFileSize] =
      await Promise.all([
        this.count(),
        this.count(WITH_VIDEO),
        this.count(withField('thumbnail')),
        this.count(withCaptions()),
        this.countByShow(),
        this.countBy('$videoSource'),
        this.average('size'),
      ]);
    return {
      total,
      withVideo,
      withThumbnails,
      withCaptions: captioned,
      byShow,
      byServer,
      averageFileSize,
    };
  }

  private loadSeasons(seasons: readonly SeasonKey[]): Promise<readonly StoredEpisode[][]> {
    return this.call('loadSeason', {}, async () => {
      const found = new Map<string, StoredEpisode[]>(seasons.map((key) => [seasonText(key), []]));
      const filter = withAnyKey(
        SEASON_FIELDS,
        seasons.map((key) => ({ ...key })),
      );
      const cursor = this.collection.find<StoredEpisode>(filter, { sort: { episodeNumber: 1 } });
      for await (const episode of cursor) found.get(seasonText(episode))?.push(episode);
      return seasons.map((key) => found.get(seasonText(key)) ?? []);
    });
  }
}

function readEpisodeKey(document: Fields): EpisodeKey | undefined {
  const season = readSeasonKey(document);
  const { episodeNumber } = document;
  return season !== undefined && isCount(episodeNumber, 1) ? { ...season, episodeNumber } : undefined;
}

/** Episodes without a season would also collide in the unique index over show, season and number. */
function requireSeason(wanted: Fields, current: Fields | null): Fields {
  if (current !== null || wanted['seasonId'] instanceof ObjectId) return wanted;
  throw new ReelsyncError('DOCUMENT_INVALID', 'FlatEpisodes: an episode without a seasonId is refused');
}

function seasonText({ showId, seasonNumber }: SeasonKey): string {
  return keyText(SEASON_FIELDS, { showId, seasonNumber });
}
