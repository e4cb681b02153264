import type { CaptionRecord, ImageRecords, VideoRecord } from './movie-record';

/** What we read of one show in one server's listing, cut into the parts that are synced apart. */
export interface ShowListing {
  readonly show: ShowRecord;
  /** By season number, ascending; folders of one number are merged. */
  readonly seasons: readonly SeasonListing[];
  /** Seasons that the server holds but that could not be read: what is known of them stays as it is. */
  readonly unreadSeasons: readonly number[];
  /** Folders that may have held a season when the server still gave them a number: see `seasonsOfFolders`. */
  readonly unnumberedFolders: readonly string[];
}

/** The header of a show. Its seasons and episodes appear only as numbers, for the counts over all servers. */
export interface ShowRecord {
  readonly images: ImageRecords<'poster' | 'backdrop' | 'logo'>;
  readonly metadata?: string;
  readonly backdropFocal?: string | null;
  readonly backdropFocalSuggested?: string | null;
  readonly seasons: readonly { readonly number: number; readonly episodes: readonly number[] }[];
}

export interface SeasonListing {
  readonly number: number;
  readonly header: SeasonRecord;
  readonly episodes: SeasonEpisodesRecord;
  /** Numbers of episodes that the server holds but that could not be read; or it may be any, see `keepUnread`. */
  readonly unread: readonly number[] | 'any';
  /** Videos of episodes that may have been known when the server still gave them a number, see `keepUnread`. */
  readonly unnumberedVideos: readonly string[];
}

/** The header of a season. */
export interface SeasonRecord {
  readonly images: ImageRecords<'poster'>;
  /** Numbers of the episodes that the server holds, for the count over all servers. */
  readonly episodes: readonly number[];
}

/** All episodes of a season that one server holds, by number, ascending. */
export interface SeasonEpisodesRecord {
  readonly episodes: readonly EpisodeRecord[];
}

export interface EpisodeRecord {
  readonly number: number;
  /** Name that the server derived from the file name. */
  readonly name?: string;
  readonly video?: VideoRecord;
  readonly images: ImageRecords<'thumbnail'>;
  /** Path of a JSON file with its `?hash=` token; never inline data (contract §3.6). */
  readonly metadata?: string;
  readonly chapters?: string;
  readonly captions: readonly CaptionRecord[];
}
