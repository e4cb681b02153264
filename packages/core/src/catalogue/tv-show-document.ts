import type { MovieDocument } from './movie-document';

/** What every catalogue document has, whatever it describes (sync-semantics §1.2). */
export type CommonDocumentFields = Pick<
  MovieDocument,
  | 'title'
  | 'titleSource'
  | 'metadata'
  | 'metadataSource'
  | 'createdAt'
  | 'updatedAt'
  | 'lastSynced'
  | 'syncRunId'
  | 'lockedFields'
  | 'manualEntry'
>;

type ShowImageFields = Pick<
  MovieDocument,
  | 'posterURL'
  | 'posterSource'
  | 'posterBlurhash'
  | 'posterBlurhashSource'
  | 'backdrop'
  | 'backdropSource'
  | 'backdropBlurhash'
  | 'backdropBlurhashSource'
  | 'logo'
  | 'logoSource'
  | 'backdropFocal'
  | 'backdropFocalSource'
  | 'backdropFocalSuggested'
  | 'backdropFocalSuggestedSource'
>;

/** A show as the website reads it from FlatTVShows (sync-semantics §1.4). `_id` is the database's. */
export interface TvShowDocument extends CommonDocumentFields, ShowImageFields {
  readonly type: 'tvShow';
  /** Folder name on the servers; the only key. */
  readonly originalTitle: string;
  readonly originalTitleSource?: string;
  /** Copies of members of `metadata`, for queries. */
  readonly firstAirDate?: Date;
  readonly lastAirDate?: Date;
  readonly status?: string;
  readonly overview?: string;
  readonly genres?: readonly unknown[];
  readonly networks?: readonly unknown[];
  /** As TMDB counts. */
  readonly numberOfSeasons?: number;
  readonly rating?: number;
  /** Distinct seasons over all servers (B-39). */
  readonly seasonCount?: number;
  /** Distinct episodes over all servers. */
  readonly totalEpisodeCount?: number;
  readonly syncHash?: string;
  readonly contentHash?: string;
}
