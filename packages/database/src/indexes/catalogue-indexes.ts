import { index, type IndexSpec } from './index-spec';

/*
 * sync-semantics §1.7 after DM-1 … DM-3: what the website's queries use, uniqueness on folder names and ids only, none of
 * the dead ones (serverId, metadata.genre/year/rating/description, videoInfo.duration, captionURLs). One is Reelsync's own.
 */

function genreIndexes(collection: string, dateField: string): IndexSpec[] {
  return [
    index(collection, { 'metadata.genres.name': 1 }, { name: 'genres_index' }),
    index(collection, { [dateField]: -1 }),
    index(collection, { 'metadata.vote_average': -1 }),
    index(collection, { 'metadata.genres.name': 1, [dateField]: -1 }),
    index(collection, { 'metadata.genres.name': 1, 'metadata.vote_average': -1 }),
    index(collection, { 'metadata.genres.name': 1, title: 1 }),
  ];
}

function titledIndexes(collection: string): IndexSpec[] {
  return [
    // Not unique: two works may share a display title (B-11).
    index(collection, { title: 1 }, { name: 'title_index' }),
    index(collection, { originalTitle: 1 }, { name: 'originalTitle_index', unique: true }),
    index(collection, { 'metadata.trailer_url': 1 }, { name: 'trailer_url_index' }),
    index(collection, { posterURL: 1 }),
    index(collection, { backdrop: 1 }),
    index(collection, { logo: 1 }),
  ];
}

function commonIndexes(collection: string): IndexSpec[] {
  return [
    index(collection, { syncRunId: 1 }, { name: 'sync_run_id_index' }),
    index(collection, { lastSynced: 1 }),
    index(collection, { type: 1 }),
  ];
}

function videoIndexes(collection: string): IndexSpec[] {
  return [
    index(collection, { normalizedVideoId: 1 }, { name: 'normalized_id_index' }),
    index(collection, { videoURL: 1, normalizedVideoId: 1 }, { name: 'videoURL_normalizedId_covered_index' }),
    index(collection, { videoURL: 1 }),
    index(collection, { duration: 1 }),
    index(collection, { videoSource: 1 }),
  ];
}

const movieIndexes: readonly IndexSpec[] = [
  ...titledIndexes('FlatMovies'),
  ...commonIndexes('FlatMovies'),
  ...videoIndexes('FlatMovies'),
  index('FlatMovies', { mediaLastModified: -1 }),
  ...genreIndexes('FlatMovies', 'metadata.release_date'),
];

const showIndexes: readonly IndexSpec[] = [
  ...titledIndexes('FlatTVShows'),
  ...commonIndexes('FlatTVShows'),
  index('FlatTVShows', { seasonCount: 1 }, { sparse: true }),
  index('FlatTVShows', { totalEpisodeCount: 1 }, { sparse: true }),
  ...genreIndexes('FlatTVShows', 'metadata.first_air_date'),
];

const seasonIndexes: readonly IndexSpec[] = [
  ...commonIndexes('FlatSeasons'),
  index('FlatSeasons', { showId: 1, seasonNumber: 1 }, { name: 'show_season_index', unique: true }),
  // Not unique: display titles are never keys (B-12).
  index('FlatSeasons', { showTitle: 1, seasonNumber: 1 }),
  index('FlatSeasons', { showTitle: 1 }),
  index('FlatSeasons', { title: 1 }),
  index('FlatSeasons', { showId: 1 }),
  index('FlatSeasons', { showTitle: 1, lastSynced: 1 }),
  index('FlatSeasons', { posterURL: 1 }),
  index('FlatSeasons', { episodeCount: 1 }, { sparse: true }),
];

const episodeIndexes: readonly IndexSpec[] = [
  ...commonIndexes('FlatEpisodes'),
  ...videoIndexes('FlatEpisodes'),
  index('FlatEpisodes', { showId: 1, seasonNumber: 1, episodeNumber: 1 }, { unique: true }),
  index('FlatEpisodes', { showId: 1, seasonId: 1, episodeNumber: 1 }, { unique: true }),
  index('FlatEpisodes', { showTitle: 1, seasonNumber: 1, episodeNumber: 1 }),
  index('FlatEpisodes', { seasonId: 1, episodeNumber: 1 }, { name: 'season_episode_index' }),
  index('FlatEpisodes', { mediaLastModified: -1, showId: 1 }),
  index('FlatEpisodes', { mediaLastModified: -1 }),
  index('FlatEpisodes', { title: 1 }),
  // Reelsync's own: which id the episodes of a folder hold when their show has no document (CL-5).
  index('FlatEpisodes', { originalTitle: 1 }),
  index('FlatEpisodes', { showTitle: 1, seasonNumber: 1 }),
  index('FlatEpisodes', { showTitle: 1 }),
  index('FlatEpisodes', { showId: 1, seasonNumber: 1 }),
  index('FlatEpisodes', { showId: 1 }),
  index('FlatEpisodes', { thumbnail: 1 }),
  index('FlatEpisodes', { showTitle: 1, lastSynced: 1 }),
  index('FlatEpisodes', { seasonNumber: 1, episodeNumber: 1 }),
  index('FlatEpisodes', { airDate: -1 }),
];

/** Of the website's database. */
export const CATALOGUE_INDEXES: readonly IndexSpec[] = [
  ...movieIndexes,
  ...showIndexes,
  ...seasonIndexes,
  ...episodeIndexes,
];
