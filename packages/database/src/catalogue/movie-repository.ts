import type { MovieDocument } from '@reelsync/core';
import type { Db } from 'mongodb';
import { CHUNK_SIZE } from '../batching/chunks';
import { databaseStream } from '../connection/to-database-error';
import type { RepositoryOptions } from './base-repository';
import { ASSET_FIELDS, WITH_CHAPTERS, WITH_VIDEO, withCaptions, withField } from './field-queries';
import { QUALITY_LABEL, UPGRADE_CANDIDATES, withQuality, type QualityQuery } from './movie-queries';
import type { FindOptions, StoredMovie, UpsertResult, WriteStamp } from './stored-document';
import { TitledRepository } from './titled-repository';
import { withWatchKey } from './watch-key';

/** One video file with everything that describes it; `normalizedVideoId` follows from the URL (DM-6). */
export type MovieVideoInfo = Pick<
  MovieDocument,
  | 'videoURL'
  | 'videoSource'
  | 'videoInfoSource'
  | 'duration'
  | 'dimensions'
  | 'size'
  | 'hdr'
  | 'mediaQuality'
  | 'mediaLastModified'
>;

export type MovieForCleanup = Pick<
  StoredMovie,
  '_id' | 'originalTitle' | 'videoURL' | 'manualEntry' | 'lockedFields'
>;

export interface MovieStats {
  readonly total: number;
  readonly withVideo: number;
  readonly withPoster: number;
  readonly withBackdrop: number;
  readonly withCaptions: number;
  readonly withChapters: number;
  /** Films per label list; `untagged SDR` when the servers give none, `unknown` without any quality. */
  readonly byQuality: Readonly<Record<string, number>>;
}

/** FlatMovies (sync-semantics §1.3, §6.2). */
export class MovieRepository extends TitledRepository<MovieDocument> {
  constructor(catalogue: Db, options: RepositoryOptions = {}) {
    super(catalogue, {
      ...options,
      collectionName: 'FlatMovies',
      serverField: 'videoSource',
      derive: withWatchKey,
    });
  }

  /** Just what a clean-up compares with the inventory. */
  getAllMoviesForCleanup(): AsyncGenerator<MovieForCleanup> {
    const cursor = this.collection.find<MovieForCleanup>(
      {},
      {
        projection: { originalTitle: 1, videoURL: 1, manualEntry: 1, lockedFields: 1 },
        sort: { originalTitle: 1, _id: 1 },
        batchSize: CHUNK_SIZE,
      },
    );
    return databaseStream(this.context('getAllMoviesForCleanup'), cursor);
  }

  findWithVideo(options?: FindOptions): AsyncGenerator<StoredMovie> {
    return this.findAll(WITH_VIDEO, options);
  }

  findByQuality(query: QualityQuery, options?: FindOptions): AsyncGenerator<StoredMovie> {
    return this.findAll(withQuality(query), options);
  }

  /** With captions in any of the display languages (`English`, `English - Auto Generated`), or in any at all. */
  findWithCaptions(languages: readonly string[] = [], options?: FindOptions): AsyncGenerator<StoredMovie> {
    return this.findAll(withCaptions(languages), options);
  }

  findWithChapters(options?: FindOptions): AsyncGenerator<StoredMovie> {
    return this.findAll(WITH_CHAPTERS, options);
  }

  findUpgradeCandidates(options?: FindOptions): AsyncGenerator<StoredMovie> {
    return this.findAll(UPGRADE_CANDIDATES, options);
  }

  updateVideoInfo(
    originalTitle: string,
    video: MovieVideoInfo,
    stamp?: Partial<WriteStamp>,
  ): Promise<UpsertResult> {
    return this.update(originalTitle, video, stamp);
  }

  updateCaptions(
    originalTitle: string,
    captions: Pick<MovieDocument, 'captionURLs' | 'captionSource'>,
    stamp?: Partial<WriteStamp>,
  ): Promise<UpsertResult> {
    return this.update(originalTitle, captions, stamp);
  }

  updateChapters(
    originalTitle: string,
    chapters: Pick<MovieDocument, 'chapterURL' | 'chapterSource'>,
    stamp?: Partial<WriteStamp>,
  ): Promise<UpsertResult> {
    return this.update(originalTitle, chapters, stamp);
  }

  async getMovieStats(): Promise<MovieStats> {
    const [total, withVideo, withPoster, withBackdrop, captioned, withChapters, byQuality] =
      await Promise.all([
        this.count(),
        this.count(WITH_VIDEO),
        this.count(withField(ASSET_FIELDS.poster)),
        this.count(withField(ASSET_FIELDS.backdrop)),
        this.count(withCaptions()),
        this.count(WITH_CHAPTERS),
        this.countBy(QUALITY_LABEL),
      ]);
    return { total, withVideo, withPoster, withBackdrop, withCaptions: captioned, withChapters, byQuality };
  }
}
