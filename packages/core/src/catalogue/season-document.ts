import type { MovieDocument } from './movie-document';
import type { CommonDocumentFields } from './tv-show-document';

/**
 * A season as the website reads it from FlatSeasons (sync-semantics §1.5). Its key is (`showId`, `seasonNumber`); `Id` is
 * the database's type of ids.
 */
export interface SeasonDocument<Id = unknown>
  extends
    CommonDocumentFields,
    Pick<MovieDocument, 'posterURL' | 'posterSource' | 'posterBlurhash' | 'posterBlurhashSource'> {
  readonly type: 'season';
  readonly showId: Id;
  /** Display title of the show, never a key (B-12). */
  readonly showTitle: string;
  /** 0 holds the specials. */
  readonly seasonNumber: number;
  /** `Season N`; documents of earlier versions have none. */
  readonly originalTitle?: string;
  readonly originalTitleSource?: string;
  readonly airDate?: Date;
  readonly overview?: string;
  readonly posterPath?: string;
  readonly rating?: number;
  readonly episodeCount?: number;
}
