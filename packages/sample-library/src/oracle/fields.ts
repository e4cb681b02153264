/** Kinds of documents that the oracle predicts. */
export type DocumentKind = 'movies' | 'shows' | 'seasons' | 'episodes';

interface FieldList {
  /**
   * Every field that the oracle predicts. Others are the catalogue's own business; so are `syncHash` and `contentHash`, which
   * only repeat what a server said last and may lag behind (CD-9).
   */
  readonly always: readonly string[];
  /** Compared only in documents that have them: the semantics leave open whether they are written. */
  readonly ifPresent: readonly string[];
}

const IMAGES = [
  'posterURL',
  'posterSource',
  'posterBlurhash',
  'posterBlurhashSource',
  'backdrop',
  'backdropSource',
  'backdropBlurhash',
  'backdropBlurhashSource',
  'logo',
  'logoSource',
  'logoBlurhash',
];
const FOCALS = [
  'backdropFocal',
  'backdropFocalSource',
  'backdropFocalSuggested',
  'backdropFocalSuggestedSource',
];
const VIDEO = [
  'videoURL',
  'normalizedVideoId',
  'videoSource',
  'videoInfoSource',
  'duration',
  'dimensions',
  'size',
  'hdr',
  'mediaQuality',
  'mediaLastModified',
];
const CAPTIONS_AND_CHAPTERS = ['captionURLs', 'captionSource', 'chapterURL', 'chapterSource'];
const METADATA = ['metadata', 'metadataSource'];

export const FIELDS: Readonly<Record<DocumentKind, FieldList>> = {
  movies: {
    always: [
      ...['type', 'title', 'titleSource', 'originalTitle'],
      ...IMAGES,
      ...FOCALS,
      ...VIDEO,
      ...CAPTIONS_AND_CHAPTERS,
      ...METADATA,
    ],
    ifPresent: ['originalTitleSource'],
  },
  shows: {
    always: [
      ...['type', 'title', 'titleSource', 'originalTitle'],
      ...IMAGES,
      ...FOCALS,
      ...METADATA,
      ...['firstAirDate', 'lastAirDate', 'status', 'overview', 'genres', 'networks'],
      ...['numberOfSeasons', 'rating', 'seasonCount', 'totalEpisodeCount'],
    ],
    ifPresent: ['originalTitleSource'],
  },
  seasons: {
    always: [
      ...['type', 'title', 'titleSource', 'originalTitle', 'showTitle', 'seasonNumber'],
      ...['posterURL', 'posterSource', 'posterBlurhash', 'posterBlurhashSource'],
      ...METADATA,
      ...['airDate', 'overview', 'posterPath', 'rating', 'episodeCount'],
    ],
    ifPresent: [],
  },
  episodes: {
    always: [
      ...['type', 'title', 'titleSource', 'originalTitle', 'showTitle', 'seasonId'],
      ...['seasonNumber', 'episodeNumber'],
      ...VIDEO,
      ...['thumbnail', 'thumbnailSource', 'thumbnailBlurhash', 'thumbnailBlurhashSource'],
      ...CAPTIONS_AND_CHAPTERS,
      ...METADATA,
      ...['airDate', 'runtime', 'rating', 'overview', 'stillPath', 'crew', 'guestStars'],
    ],
    ifPresent: [],
  },
};
