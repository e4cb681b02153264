import type { MovieDocument } from './movie-document';
import type { CommonDocumentFields } from './tv-show-document';

type VideoFields = Pick<
  MovieDocument,
  | 'videoURL'
  | 'normalizedVideoId'
  | 'videoSource'
  | 'videoInfoSource'
  | 'duration'
  | 'dimensions'
  | 'hdr'
  | 'mediaQuality'
  | 'mediaLastModified'
  | 'captionURLs'
  | 'captionSource'
  | 'chapterURL'
  | 'chapterSource'
>;

/**
 * An episode as the website reads it from FlatEpisodes (sync-semantics §1.6). Its key is (`showId`, `seasonNumber`,
 * `episodeNumber`); `Id` is the database's type of ids.
 */
export interface EpisodeDocument<Id = unknown> extends CommonDocumentFields, VideoFields {
  readonly type: 'episode';
  readonly showId: Id;
  readonly seasonId: Id;
  /** Display title of the show, never a key (B-12). */
  readonly showTitle: string;
  /** Folder name of the show on the servers. */
  readonly originalTitle?: string;
  readonly originalTitleSource?: string;
  readonly seasonNumber: number;
  /** From 1. */
  readonly episodeNumber: number;
  /** Kilobytes, fractional: not the unit of movies. */
  readonly size?: number;
  readonly thumbnail?: string;
  readonly thumbnailSource?: string;
  readonly thumbnailBlurhash?: string;
  readonly thumbnailBlurhashSource?: string;
  /** Copies of members of `metadata`, for queries (B-15). */
  readonly airDate?: Date;
  /** Minutes. */
  readonly runtime?: number;
  readonly rating?: number;
  readonly overview?: string;
  readonly stillPath?: string;
  readonly crew?: readonly unknown[];
  readonly guestStars?: readonly unknown[];
}
